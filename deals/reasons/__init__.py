"""The directory of rejection reasons."""
