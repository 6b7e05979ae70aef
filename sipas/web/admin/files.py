"""Files that administrators load from a page: kept for a moment under their own names, then read as by the commands."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import flash
from flask_babel import gettext
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage

from sipas import imports
from sipas.i18n import one_line
from sipas.sheets import MOST_FAULTS, FileFaulty
from sipas.web.admin import file_faults
from sipas.web.language import lazy
from sipas.web.staff_forms import NEEDED, StaffForm


class FileForm(StaffForm):
    """A file to be loaded; `unread` holds what is wrong in it, a line for each fault."""

    file = FileField(lazy("CSV file"), validators=[FileRequired(NEEDED)])
    unread: tuple[str, ...] = ()


def load(form: FileForm, kind: str) -> bool:
    """Load the file of a form and say what it changed; else leave everything and put its faults into the form."""
    try:
        with _saved(form.file.data) as path:
            done = imports.KINDS_OF_FILE[kind](path)
    except FileFaulty as error:
        lines = [file_faults.sentence(fault) for fault in error.faults[:MOST_FAULTS]]
        if more := len(error.faults) - len(lines):
            lines.append(gettext("… and %(number)s more", number=more))
        form.unread = tuple(lines)
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


@contextmanager
def _saved(file: FileStorage) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, _name(file.filename or ""))
        file.save(path)
        yield path


def _name(sent: str) -> str:
    """A file's own name as one part of a path, with room for letters of four bytes."""
    shown = re.sub(r"[/\\]", "_", "".join(one for one in one_line(sent) if one.isprintable()))[-60:]
    return shown if shown.strip(". ") else "file.csv"
