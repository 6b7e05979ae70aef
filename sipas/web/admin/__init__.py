"""For administrators, and for auditors to read: units, fields, questionnaires, accounts, audit."""
