"""Where service is given and what is asked: units, fields, agencies, procedures, touchpoints, questionnaires.

Tables are in `models` and `questionnaires`; begin reading there. A verb that must know responses (move a unit,
merge units) is in `setup`.
"""
