"""What two versions of a questionnaire ask differently: questions added, removed, moved, and words changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sipas.catalogue.questionnaires import Item, Version


@dataclass(frozen=True)
class ChangedPart:
    """One value of a question that differs; a part is written `text.vi`, `option.late.en`, `kind`."""

    part: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """What became of one question: it was `added`, `removed`, `changed` or `moved`, or changed and moved."""

    code: str
    before: Item | None
    after: Item | None
    changes: tuple[ChangedPart, ...]
    is_moved: bool

    @property
    def how(self) -> str:
        """In one word; what was moved and changed too is `changed`."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "changed" if self.changes else "moved"


def differences(before: Version, after: Version) -> list[Difference]:
    """What differs, in the order of the newer sheet, what was removed last; empty where both ask the same."""
    kept = [item.code for item in before.items if after.item(item.code)]
    stayed = _longest_common(kept, [item.code for item in after.items if before.item(item.code)])
    found = [_difference(before.item(item.code), item, item.code not in stayed) for item in after.items]
    found += [_difference(item, None, False) for item in before.items if not after.item(item.code)]
    return [one for one in found if one.how != "moved" or one.is_moved]


def _difference(before: Item | None, after: Item | None, is_out_of_place: bool) -> Difference:
    old, new = values(before) if before else {}, values(after) if after else {}
    changes = _changes(old, new)
    code = after.code if after else before.code if before else ""
    return Difference(code, before, after, changes, is_out_of_place and before is not None and after is not None)


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[ChangedPart, ...]:
    names = dict.fromkeys([*after, *before])
    return tuple(
        ChangedPart(name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    )


def _longest_common(first: Sequence[str], second: Sequence[str]) -> Collection[str]:
    """The most questions that stand in the same order in both: only the others were moved."""
    longest: list[list[str]] = [[] for _ in range(len(second) + 1)]
    for one in first:
        row: list[list[str]] = [[]]
        for place, other in enumerate(second):
            row.append([*longest[place], one] if one == other else max(row[place], longest[place + 1], key=len))
        longest = row
    return set(longest[-1])


def values(item: Item) -> dict[str, str]:
    """All that a question says, each value by the name of its part."""
    said = {"kind": item.kind, "factor": item.factor or "", "when_low": "yes" if item.when_low else ""}
    said |= {f"text.{language}": text for language, text in item.texts.items()}
    said |= {f"not_applicable.{language}": text for language, text in item.not_applicable.items()}
    said["options"] = ", ".join(choice.code for choice in item.choices)
    for choice in item.choices:
        said |= {f"option.{choice.code}.{language}": text for language, text in choice.texts.items()}
    return {name: value for name, value in said.items() if value}


def whole(sheet: Version) -> dict[str, str]:
    """All that a sheet says, for people to read in the audit and for two editors to be told apart."""
    said = {"order": ", ".join(item.code for item in sheet.items)}
    for item in sheet.items:
        said |= {f"{item.code}.{name}": value for name, value in values(item).items()}
    return said
