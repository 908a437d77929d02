"""Loading clients from files: what may be loaded, how columns are understood, checking, writing, undoing.

Deals and leads are loaded the same way; their apps register a kind of their own (contacts.importing.kinds).
"""
