"""What a touchpoint asks, shows and brings: the survey, posters and slips, paper forms, scans and traffic.

What is sent is recorded by `responses`. Begin reading in `surveys`.
"""
