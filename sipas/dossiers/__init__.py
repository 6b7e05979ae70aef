"""Dossier counts from the one-stop software: received, finished, on time, by unit, field and month.

Files that bring them are read in `imports`. Begin reading in `dossier_counts`.
"""
