"""One table as a file that staff download."""

from __future__ import annotations

from flask import Response

from sipas import exports, spreadsheets
from sipas.tables import Table

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def download(table: Table, name: str, shape: str) -> Response:
    """A table as a CSV or Excel file of that name."""
    content = exports.to_csv(table) if shape == "csv" else spreadsheets.to_xlsx({name[:31]: table}, name)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{shape}"'}
    return Response(content, content_type=_TYPES[shape], headers=headers)
