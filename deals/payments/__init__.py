"""Money that has come for invoices: written down by hand, or read from a bank's statement."""
