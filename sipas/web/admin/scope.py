"""What every page of the catalogue asks first: which unit, and only within the own subtree."""

from __future__ import annotations

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.web.kit.access import current_user


def own(code: str) -> Unit:
    """The unit with this code, if it belongs to the asker's subtree. Raises NotFound as if there were none."""
    return lookups.within(current_user.root.id, code)


def own_ids() -> set[int]:
    """The ids of the units in the asker's subtree."""
    return set(lookups.subtree(current_user.root.id))
