"""Mango Office, a cloud telephone exchange (VPBX API, vendor's PDF 1.9-1.10)."""

from channels.adapters.mango.adapter import MangoAdapter

__all__ = ["MangoAdapter"]
