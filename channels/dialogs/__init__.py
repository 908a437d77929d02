"""The workspace of dialogs: how they stand, what of them is read, and who is at them."""
