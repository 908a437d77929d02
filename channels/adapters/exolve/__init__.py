"""MTS Exolve: texts, call events, the question where to send a call; and calls of Mobilon's exchange."""

from channels.adapters.exolve.adapter import ExolveAdapter

__all__ = ["ExolveAdapter"]
