"""The figures: one function a report, aggregates in SQL, frozen dataclasses out."""
