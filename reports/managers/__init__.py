"""Managers (R7): what people did, decided and sold, by period, week or month, and the best of the month."""
