"""Forms on the company's website: what they ask, how they are checked, what speaks for spam."""
