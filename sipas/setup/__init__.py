"""Verbs on the catalogue that must know responses: making, moving, merging and splitting units, drafts.

Who looks for a verb on a unit looks here. Begin reading in `units`.
"""
