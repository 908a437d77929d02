"""What is sold: the catalogue, price lists, and the lines of a deal (D7)."""
