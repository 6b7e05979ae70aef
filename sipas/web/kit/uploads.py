"""Files that staff send: kept for a moment under their own names; what is wrong in one, in the reader's language."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from sipas.core.languages import one_line
from sipas.files.table_reader import MOST_FAULTS, FileFaulty, Reason


@dataclass(frozen=True)
class FaultInWords:
    """One fault: where it is, what stands there, and why it cannot be."""

    file: str
    line: int
    column: str
    value: str
    why: str

    def __str__(self) -> str:
        """One line for people."""
        if not self.line:
            return self.why
        if self.column == "-":
            return gettext("%(file)s, line %(line)s: %(why)s", file=self.file, line=self.line, why=self.why)
        return gettext(
            "%(file)s, line %(line)s, column %(column)s, value “%(value)s”: %(why)s",
            file=self.file, line=self.line, column=self.column, value=self.value, why=self.why,
        )  # fmt: skip


def told(error: FileFaulty) -> list[FaultInWords]:
    """The faults of a file, the first MOST_FAULTS of them and how many more there are."""
    shown = [
        FaultInWords(one.file, one.line, one.column, one.value, why(one.why)) for one in error.faults[:MOST_FAULTS]
    ]
    if more := len(error.faults) - len(shown):
        shown.append(FaultInWords(shown[0].file, 0, "-", "", gettext("… and %(number)s more", number=more)))
    return shown


def why(reason: Reason) -> str:
    """A reason in the reader's language."""
    return gettext(reason.message, **reason.values)


@contextmanager
def saved(sent: FileStorage) -> Iterator[Path]:
    """The file as it lies on the disk for as long as it is read, under the name that it was sent with."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name_of(sent))
        sent.save(path)
        yield path


def name_of(sent: FileStorage) -> str:
    """A file's own name as one part of a path, with room for letters of four bytes."""
    shown = "".join("_" if one in "/\\" else one for one in one_line(sent.filename or "") if one.isprintable())[-60:]
    return shown if shown.strip(". ") else "file.csv"
