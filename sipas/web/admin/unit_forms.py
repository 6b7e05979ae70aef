"""Forms about units."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, Form, ValidationError

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.setup.units import New
from sipas.web.kit.filters import in_own_language
from sipas.web.kit.forms import NO_SLUG, StaffForm, Ticks, choice, day, line
from sipas.web.kit.language import lazy

MOST_SUCCESSORS = 6
"""How many successors the form of a split has room for."""

NAME_VI = lazy("Name in Vietnamese")
NAME_EN = lazy("Name in English")
CODE = lazy("Code")
OFFICIAL_CODE = lazy("Official code")


def _is_slug(_: Form, field: Any) -> None:  # noqa: ANN401 - WTForms's own
    if field.data and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", field.data):
        raise ValidationError(NO_SLUG)


def free_slug(label: str) -> Any:  # noqa: ANN401 - WTForms's own
    """A code that may stay empty: one is proposed from the name."""
    made = line(label, 60, needed=False)
    made.kwargs["validators"].append(_is_slug)  # type: ignore[attr-defined]  # not bound to a form yet
    return made


class UnitForm(StaffForm):
    """A unit to be made."""

    name_vi = line(NAME_VI, 300)
    name_en = line(NAME_EN, 300, needed=False)
    level = choice(lazy("Kind of unit"))
    code = free_slug(CODE)
    official_code = line(OFFICIAL_CODE, 20, needed=False)
    since = day(lazy("Open since"), needed=False)

    def unit(self, parent: Unit | None) -> New:
        """What the form asks for."""
        return New(
            name_vi=str(self.name_vi.data),
            name_en=self.name_en.data,
            parent_id=parent.id if parent else None,
            level=self.level.data,
            code=self.code.data,
            official_code=self.official_code.data,
        )


class NamesForm(StaffForm):
    """Other names for a unit."""

    name_vi = line(NAME_VI, 300)
    name_en = line(NAME_EN, 300, needed=False)
    since = day(lazy("The new name holds from"), needed=False)


class OfficialCodeForm(StaffForm):
    """Another official code for a unit."""

    official_code = line(OFFICIAL_CODE, 20, needed=False)


class MoveForm(StaffForm):
    """Another place in the tree for a unit."""

    parent = choice(lazy("Below which unit"))
    since = day(lazy("It stands there from"))


class CloseForm(StaffForm):
    """The day on which a unit closes."""

    day = day(lazy("Closed from"))


class MergeForm(StaffForm):
    """Units that end, and the one that takes over."""

    gone = Ticks(lazy("Units that end"))
    heir = choice(lazy("Who takes over"))
    name_vi = line(lazy("Name of the new unit in Vietnamese"), 300, needed=False)
    name_en = line(lazy("Name of the new unit in English"), 300, needed=False)
    code = free_slug(lazy("Code of the new unit"))
    official_code = line(lazy("Official code of the new unit"), 20, needed=False)
    new_parent = choice(lazy("Below which unit the new one stands"))
    day = day(lazy("Day of the merger"))


class SplitForm(StaffForm):
    """Who takes over from one unit, and whether it goes on; its survey points are asked for afterwards."""

    day = day(lazy("Day of the split"))
    goes_on = BooleanField(lazy("The unit goes on with the rest"))


for _number in range(1, MOST_SUCCESSORS + 1):
    setattr(SplitForm, f"heir_{_number}", choice(lazy("Successor %(number)s", number=_number), default=""))
    setattr(SplitForm, f"name_vi_{_number}", line(lazy("or a new one, named in Vietnamese"), 300, needed=False))
    setattr(SplitForm, f"name_en_{_number}", line(lazy("the new one's name in English"), 300, needed=False))


def open_units(ids: set[int], *besides: int) -> list[tuple[str, str]]:
    """(code, name) of open units to choose from, but those besides, in alphabetical order."""
    listed = lookups.units_in(ids - set(besides))
    return [(one.code, in_own_language(one)) for one in listed if one.closed_on is None]


def levels(is_whole: bool) -> list[tuple[str, str]]:
    """(level, words) of the units that somebody may make below another."""
    point = ("point", gettext("Reception point of a centre"))
    return [("centre", gettext("Centre, which is ranked")), point] if is_whole else [point]
