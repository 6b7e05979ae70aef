"""Releases: what was published, how it is made safe, and how it is read and made again.

Pages and files read the stored document alone. Begin reading in `publication`.
"""
