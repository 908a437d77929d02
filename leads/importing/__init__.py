"""Loading leads from files; the way is that of contacts.importing."""
