"""What citizens sent, and what it was counted to: recording, setting aside, tallies, recount.

Tallies are written by `tally_writes` alone and read through `tally_reads`. Begin reading in `recording`.
"""
