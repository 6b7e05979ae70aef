"""The process: the server, the scheduler beside it, and the first filling of an installation.

Begin reading in `server`.
"""
