"""Files that staff load: units, fields, procedures, questionnaires, dossiers, other indices.

All or nothing, and each fault named with its line; `files.table_reader` reads the cells. Begin reading in `catalogue`.
"""
