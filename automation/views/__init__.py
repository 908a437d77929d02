"""Pages of robots."""
