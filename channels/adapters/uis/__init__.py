"""UIS, CoMagic, Novofon of the second version, CallGear: notifications by the account owner's own template."""

from channels.adapters.uis.adapter import UisAdapter

__all__ = ["UisAdapter"]
