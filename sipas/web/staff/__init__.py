"""What the staff of a unit use: reports, comments, touchpoints, alerts, dossiers, paper forms.

Everything is bound to the asker's unit and those below it. Begin reading in `reports`.
"""
