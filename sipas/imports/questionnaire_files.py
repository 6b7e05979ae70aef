"""Questionnaires as CSV files: read into sheets, each fault named; written so that reading gives the same again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from sipas.catalogue import questionnaires
from sipas.catalogue.questionnaire_rules import CHOICE_LENGTH, TEXT_LENGTH, SheetFault, faults
from sipas.catalogue.questionnaires import KINDS, Choice, Item, Version
from sipas.core.languages import DEFAULT_LANGUAGE, LANGUAGES
from sipas.files import table_reader
from sipas.files.table_reader import Reason, TableRow, reason
from sipas.numbers.shares import FACTORS

NEEDED = ("questionnaire", "question", "kind", f"text_{DEFAULT_LANGUAGE}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[a-z]{2,6})?")
_SIGN = re.compile(r"\\[\\;]|.", re.DOTALL)
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""What the guard against formulas puts an apostrophe before, and what it has put one before."""

_CHANGED = reason("is not what an earlier version had; trends follow the code, so take a new one")
_FOR_CHOICES = reason("are for questions of the kinds choice and choices, and needed there")


def _why(fault: SheetFault, kind: str) -> Reason | None:
    """What is said of a fault that a row can have; None of others."""
    known = {
        "reserved": reason("is a name that the form uses itself"),
        "no-code": reason("is no code: up to 60 lower-case letters a–z, digits and single dashes"),
        "code-of-kind": reason("must be %(kind)s for this kind", kind=kind),
        "overall-is-a-rating": reason("must be rating, without a factor, for the question overall"),
        "factor-unrated": reason("is none of %(values)s, or the question is not rated", values=", ".join(FACTORS)),
        "kind-changed": _CHANGED,
        "factor-changed": _CHANGED,
        "no-text": reason("is empty"),
        "text-first": reason("is empty, but the words for what does not apply are given"),
        "no-not-applicable": reason("is empty, but the question offers it"),
        "no-choices": _FOR_CHOICES,
        "choices-unasked": _FOR_CHOICES,
        "choice-twice": reason("names an option twice"),
        "no-choice-code": reason("names %(choice)s, which is no code", choice=repr(fault.choice)),
        "no-choice-text": reason("has no text for the option %(choice)s", choice=fault.choice),
        "too-long": reason("has a text that is too long"),
    }
    return known.get(fault.why)


_WHY_OF_ALL = MappingProxyType(
    {
        "no-overall": reason("has no question overall"),
        "too-many": reason("asks for more answers than a form can hold"),
    }
)


def read(path: Path) -> list[Version]:
    """The questionnaires of a file, in its order. Raises sheets.FileFaulty."""
    rows = table_reader.read(path, NEEDED)
    rows.unique("questionnaire", "question")
    asked: dict[str, list[tuple[TableRow, Item]]] = {}
    for row in rows:
        asked.setdefault(row.slug("questionnaire"), []).append((row, _item(row)))
    found = [Version(code, tuple(item for _, item in lines)) for code, lines in asked.items()]
    unreadable = {fault.line for fault in rows.faults}
    for sheet in found:
        _check(rows, sheet, {item.code: row for row, item in asked[sheet.code] if row.line not in unreadable})
    rows.stop_if_faulty()
    return found


def _check(rows: table_reader.TableIn, sheet: Version, lines: Mapping[str, TableRow]) -> None:
    """Note every fault of a sheet beside its cell; Vietnamese is the one language that each text needs."""
    for fault in faults(sheet, (DEFAULT_LANGUAGE,), questionnaires.meanings(sheet.code)):
        if fault.why in _WHY_OF_ALL:
            rows.fault(1, fault.part, sheet.code, _WHY_OF_ALL[fault.why])
        elif fault.question in lines and (why := _why(fault, _kind(fault, sheet))):
            lines[fault.question].fault(fault.column, why)


def _kind(fault: SheetFault, sheet: Version) -> str:
    item = sheet.item(fault.question)
    return item.kind if item else ""


def _item(row: TableRow) -> Item:
    return Item(
        row.slug("question"),
        row.one_of("kind", KINDS),
        row.cells.get("factor", "").strip() or None,
        row.yes("when_low"),
        _by_language(row, "text", TEXT_LENGTH),
        _by_language(row, "not_applicable", CHOICE_LENGTH),
        _choices(row),
    )


def _by_language(row: TableRow, name: str, most: int) -> Mapping[str, str]:
    texts = {
        language: _unguarded(row.optional(column, most + 1) or "")
        for column in row.cells
        if (language := _language(column, name))
    }
    return MappingProxyType({language: text for language, text in texts.items() if text})


def _language(column: str, name: str) -> str:
    """The language of a column such as text_vi, empty for other columns."""
    said = column.removeprefix(f"{name}_") if column.startswith(f"{name}_") else ""
    known = next((language for language in LANGUAGES if language.lower() == said), said)
    return known if _LANGUAGE.fullmatch(said) else ""


def _choices(row: TableRow) -> tuple[Choice, ...]:
    codes = [code for code in _apart(row.cells.get("options", "")) if code]
    listed = {language: _apart(texts) for language, texts in _by_language(row, "options", 10_000).items()}
    for language, texts in listed.items():
        if len(texts) != len(codes):
            row.fault(
                f"options_{language}",
                reason("has %(texts)s texts for %(options)s options", texts=len(texts), options=len(codes)),
            )
    if any(len(texts) != len(codes) for texts in listed.values()):
        return ()
    return tuple(
        Choice(code, MappingProxyType({one: texts[place] for one, texts in listed.items() if texts[place]}))
        for place, code in enumerate(codes)
    )


def _apart(cell: str) -> list[str]:
    r"""The texts of a cell, `;` between; a text's own `;` is written `\;`, its `\` as `\\`."""
    if not cell.strip():
        return []
    parts = [""]
    for sign in _SIGN.findall(cell):
        if sign == ";":
            parts.append("")
        else:
            parts[-1] += sign[-1]
    return [part.strip() for part in parts]


def _together(texts: Sequence[str]) -> str:
    return "; ".join(text.replace("\\", "\\\\").replace(";", "\\;") for text in texts)


def _unguarded(text: str) -> str:
    """A text without the apostrophe that a file for download has before what looks like a formula."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def lines(sheet: Version) -> tuple[list[str], list[list[str]]]:
    """A sheet as the header and the rows of such a file, as `read` takes it once they are guarded."""
    languages = dict.fromkeys([*LANGUAGES, *_languages(sheet)])
    header = ["questionnaire", "question", "kind", "factor", "when_low"]
    header += [f"text_{one}" for one in languages] + [f"not_applicable_{one}" for one in languages]
    header += ["options", *(f"options_{one}" for one in languages)]
    return header, [_line(sheet.code, item, list(languages)) for item in sheet.items]


def _languages(sheet: Version) -> Iterator[str]:
    for item in sheet.items:
        yield from (*item.texts, *item.not_applicable)
        for choice in item.choices:
            yield from choice.texts


def _line(code: str, item: Item, languages: Sequence[str]) -> list[str]:
    cells = [code, item.code, item.kind, item.factor or "", "yes" if item.when_low else ""]
    cells += [_guardable(item.texts.get(one, "")) for one in languages]
    cells += [_guardable(item.not_applicable.get(one, "")) for one in languages]
    cells.append(_together([choice.code for choice in item.choices]))
    for one in languages:
        texts = [choice.texts.get(one, "") for choice in item.choices]
        cells.append(_guardable(_together(texts)) if any(texts) else "")
    return cells


def _guardable(text: str) -> str:
    """A text of one's own that begins like a guarded one gets an apostrophe more, so that reading takes only that."""
    return f"'{text}" if text.startswith("'") and _FORMULA.match(text) else text
