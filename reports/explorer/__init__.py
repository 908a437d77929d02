"""The explorer: leads or deals broken down by any two dimensions (docs/reports.md).

asking: what an address asks for · measures: the figures · reading: groups of like rows, in one query · pivot: rows,
columns and totals of them · drawing: the chart · table: the cells with their links · views: the page
"""
