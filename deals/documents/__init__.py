"""Proposals and invoices: made of a deal's lines, sent, opened, answered and reminded of (D8)."""
