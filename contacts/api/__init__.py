"""The API of sources and advertising costs."""
