"""Fields a company adds itself: their definitions, and how their values are read, checked, shown and searched.

docs/fields.md describes the whole; apps above import the modules they need from here.
"""
