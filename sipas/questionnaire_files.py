"""Questionnaires as CSV files: read into sheets, each fault named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sipas import sheets
from sipas.questionnaires import KINDS, OVERALL, RESERVED, Choice, Item, Sheet
from sipas.sheets import Row
from sipas.statistics import FACTORS


def read(path: Path) -> list[Sheet]:
    """The questionnaires of a file, in its order. Raises sheets.FileFaulty."""
    rows = sheets.read(path, ("questionnaire", "question", "kind", "text_vi"))
    rows.unique("questionnaire", "question")
    asked: dict[str, list[Item]] = {}
    for row in rows:
        asked.setdefault(row.slug("questionnaire"), []).append(_item(row))
    for code, items in asked.items():
        if OVERALL not in {item.code for item in items}:
            rows.fault(1, "question", code, f"has no question {OVERALL}")
    rows.stop_if_faulty()
    return [Sheet(code, tuple(items)) for code, items in asked.items()]


def _item(row: Row) -> Item:
    kind, factor = row.one_of("kind", KINDS), row.cells.get("factor", "").strip()
    code = row.slug("question")
    if code in RESERVED and kind != code:
        row.fault("question", "is a name that the form uses itself")
    if factor and (factor not in FACTORS or not kind.startswith("rating")):
        row.fault("factor", f"is none of {', '.join(FACTORS)}, or the question is not rated")
    if (code == OVERALL) and (factor or kind != "rating"):
        row.fault("kind", "must be rating, without a factor, for the question overall")
    if kind in ("field", "comment") and code != kind:
        row.fault("question", f"must be {kind} for this kind")
    texts, not_applicable = _by_language(row, "text", 300), _by_language(row, "not_applicable", 120)
    if kind == "rating_na" and "vi" not in not_applicable:
        row.fault("not_applicable_vi", "is empty, but the question offers it")
    return Item(code, kind, factor or None, row.yes("when_low"), texts, not_applicable, _choices(row, kind))


def _by_language(row: Row, name: str, most: int) -> Mapping[str, str]:
    columns = [column for column in row.cells if column.startswith(f"{name}_")]
    texts = {column.removeprefix(f"{name}_"): row.optional(column, most) for column in columns}
    if name == "text" and not texts.get("vi"):
        row.fault("text_vi", "is empty")
    return MappingProxyType({language: text for language, text in texts.items() if text})


def _choices(row: Row, kind: str) -> tuple[Choice, ...]:
    codes = [code.strip() for code in row.cells.get("options", "").split(";") if code.strip()]
    if len(set(codes)) != len(codes):
        row.fault("options", "names an option twice")
        return ()
    if bool(codes) != kind.startswith("choice"):
        row.fault("options", "are for questions of the kinds choice and choices, and needed there")
    listed = {
        language: [text.strip() for text in texts.split(";")]
        for language, texts in _by_language(row, "options", 1000).items()
    }
    for language, texts in listed.items():
        if len(texts) != len(codes):
            row.fault(f"options_{language}", f"has {len(texts)} texts for {len(codes)} options")
            return ()
    if codes and "vi" not in listed:
        row.fault("options_vi", "is empty")
    return tuple(
        Choice(code, MappingProxyType({language: texts[place] for language, texts in listed.items()}))
        for place, code in enumerate(codes)
    )
