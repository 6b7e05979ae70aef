"""What is told: reports, trends, rankings, the picture of the province, aggregates, official sheets.

Every page, chart, file and API answer is made from the objects made here. Begin reading in `reports`.
"""
