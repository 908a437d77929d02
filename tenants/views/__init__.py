"""Pages of people, rights and the company's settings."""
