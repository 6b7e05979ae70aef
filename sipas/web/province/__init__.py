"""What the province uses: its picture, rankings, releases, aggregates, other indices.

Begin reading in `overview`.
"""
