"""Tables in and out: CSV, JSON Lines, XLSX and Parquet written, CSV and XLSX read, PDF set.

It knows no noun of the domain; what a column means is said by `imports` and `downloads`. Begin reading in `tables`.
"""
