"""What the tree of units refuses, said to the one who asked for it, beside the field that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask_babel import gettext

from sipas.core import formats
from sipas.setup import unit_mergers, units
from sipas.setup.units import NotPossible
from sipas.web.kit.forms import StaffForm
from sipas.web.kit.language import language, lazy

_WORDS: Mapping[type[NotPossible], tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        units.DayAhead: (
            ("day", "since"),
            lazy("This day lies ahead. Please enter the change on that day."),
        ),
        units.CodeTaken: (("code", "name_vi"), lazy("Another unit has this code: %(what)s")),
        units.OfficialCodeTaken: (("official_code",), lazy("Another unit has this official code: %(what)s")),
        units.SecondProvince: (("name_vi",), lazy("There is a province already. Everything else stands below it.")),
        units.ProvinceStays: (
            ("parent", "heir", "day"),
            lazy("The province is the root of the tree; it is not moved, closed, merged or split."),
        ),
        units.Circular: (("parent",), lazy("A unit cannot stand below itself.")),
        units.ParentClosed: (
            ("parent", "new_parent", "name_vi"),
            lazy("The unit above is closed. Open it again first, or choose another."),
        ),
        units.ClosedAlready: (("heir", "gone", "parent", "day"), lazy("This unit is closed: %(what)s")),
        units.TakenOver: (("day",), lazy("Other units took over from this one, so it cannot be opened again.")),
        unit_mergers.NothingToMerge: (
            ("gone",),
            lazy("Please choose the units that end, besides the one that goes on."),
        ),
        unit_mergers.TooFewSuccessors: (
            ("heir_2", "heir_1"),
            lazy("Please name at least two successors, or say that the unit goes on and name one."),
        ),
        unit_mergers.SuccessorTwice: (("heir_1",), lazy("A successor is named twice, or is the unit itself: %(what)s")),
        unit_mergers.IntoItsOwn: (
            ("heir", "heir_1"),
            lazy("The successor stands below a unit that ends and would end with it. Move it first."),
        ),
        unit_mergers.PointWithoutSuccessor: (
            ("goes_on",),
            lazy("Please give every survey point to a successor; this one has none: %(what)s"),
        ),
    }
)


def message(error: NotPossible) -> str:
    """What a refusal says to people."""
    if isinstance(error, units.DayTooEarly):
        return gettext(
            "This is too early: the unit began, or was last changed in this way, on %(day)s.",
            day=formats.day(error.earliest, language()),
        )
    return str(_WORDS[type(error)][1]) % {"what": error}


def put(form: StaffForm, error: NotPossible) -> None:
    """Put a refusal beside the field of a form that it is about."""
    about = ("day", "since") if isinstance(error, units.DayTooEarly) else _WORDS[type(error)][0]
    name = next((one for one in about if one in form), None)
    if name:
        form.fault(name, message(error))
    else:
        form.form_errors.append(message(error))
