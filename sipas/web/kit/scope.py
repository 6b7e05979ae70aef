"""What every page of staff asks first: which units the asker may see, and whether this is one of them."""

from __future__ import annotations

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.core.errors import NotFound
from sipas.web.kit.access import current_user


def own(code: str) -> Unit:
    """The unit with this code, if it belongs to the asker's subtree. Raises NotFound as if there were none."""
    return lookups.within(current_user.root.id, code)


def own_ids() -> set[int]:
    """The ids of the units in the asker's subtree."""
    return set(lookups.subtree(current_user.root.id))


def own_unit() -> Unit | None:
    """The unit at the root of what the reader may see; None for visitors and while there are no units."""
    try:
        return current_user.root if current_user.is_authenticated else None
    except NotFound:
        return None


def own_units() -> list[Unit]:
    """All units that the reader may see, in alphabetical order."""
    unit = own_unit()
    return lookups.units_in(lookups.subtree(unit.id)) if unit else []


def above_of(unit: Unit) -> list[Unit]:
    """The units above one that the reader may see, the highest first."""
    root, found = own_unit(), list[Unit]()
    while root and unit.id != root.id and unit.parent:
        unit = unit.parent
        found.insert(0, unit)
    return found
