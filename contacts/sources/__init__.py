"""The directory of sources: where clients come from, and what that costs."""
