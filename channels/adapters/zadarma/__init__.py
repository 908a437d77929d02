"""Zadarma, and Novofon of the first version: notifications of calls, recordings, callbacks, texts."""

from channels.adapters.zadarma.adapter import ZadarmaAdapter

__all__ = ["ZadarmaAdapter"]
