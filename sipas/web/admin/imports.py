"""Files that administrators load from a page: kept for a moment under their own names, then read as by the commands."""

from __future__ import annotations

from flask import flash
from flask_babel import gettext
from flask_wtf.file import FileField, FileRequired

from sipas.files.table_reader import FileFaulty
from sipas.imports import catalogue
from sipas.web.kit import uploads
from sipas.web.kit.forms import NEEDED, StaffForm
from sipas.web.kit.language import lazy


class FileForm(StaffForm):
    """A file to be loaded; `unread` holds what is wrong in it, a line for each fault."""

    file = FileField(lazy("File (Excel or CSV)"), validators=[FileRequired(NEEDED)])
    unread: tuple[str, ...] = ()


def load(form: FileForm, kind: str) -> bool:
    """Load the file of a form and say what it changed; else leave everything and put its faults into the form."""
    try:
        with uploads.saved(form.file.data) as path:
            done = catalogue.KINDS_OF_FILE[kind](path)
    except FileFaulty as error:
        form.unread = tuple(map(str, uploads.told(error)))
        form.fault("file", gettext("Nothing was loaded. Please mend the file and send it again; what is wrong:"))
        return False
    flash(
        gettext(
            "The file was loaded: %(added)s added, %(changed)s changed, %(same)s as before.",
            added=done.added,
            changed=done.changed,
            same=done.same,
        )
    )
    return True
