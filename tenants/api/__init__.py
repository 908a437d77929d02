"""What every part of the API stands on: tokens and scopes, the door, answers and errors, pages of a list."""
