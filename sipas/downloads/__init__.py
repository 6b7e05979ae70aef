"""Reports, rankings, the province and the aggregates as files.

Columns stand here, figures come from `reporting`, formats from `files`. Begin reading in `report_files`.
"""
