"""Robots of the stages, what they ask, and what they did."""

from automation.models.robots import Robot, RobotCondition
from automation.models.runs import RobotRun

__all__ = ["Robot", "RobotCondition", "RobotRun"]
