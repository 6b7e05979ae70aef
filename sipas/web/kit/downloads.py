"""One table as a file that staff download."""

from __future__ import annotations

from flask import Response

from sipas.files import csv_json, xlsx_writer
from sipas.files.tables import Table

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def download(table: Table, name: str, shape: str) -> Response:
    """A table as a CSV or Excel file of that name."""
    content = csv_json.to_csv(table) if shape == "csv" else xlsx_writer.to_xlsx({name[:31]: table}, name)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{shape}"'}
    return Response(content, content_type=_TYPES[shape], headers=headers)
