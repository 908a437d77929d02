"""The start page (R10): panels of what to do now and of what reports say, arranged by each person."""
