"""Figures counted beforehand, day by day (design: docs/reports.md).

A cell holds how many rows of a day are alike in what reports ask about; months are folded from days. Triggers note the
moments at which counted rows change. Reading takes whole months and days from cells and counts noted days, and those
nobody has counted yet, from the rows: so figures are always those of the rows, only sooner. Counting anew is the
definition: cells can be dropped at any time.

cubes: what is counted · days: the company's days · building: counts days anew · refreshing: which days, when
spans: which part of a period is read from where · reading: the figures · asking: the filters that cells can answer
"""
