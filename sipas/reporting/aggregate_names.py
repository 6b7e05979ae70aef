"""What the codes of the aggregates stand for, as tables beside them: units, service fields."""

from __future__ import annotations

from collections.abc import Iterator

from sipas.catalogue import lookups
from sipas.core.errors import reason
from sipas.files.tables import Column
from sipas.numbers.small_groups import OTHER_FIELDS
from sipas.reporting import aggregates
from sipas.reporting.aggregates import Row

_NAMES = (
    Column("name_vi", "string", reason("Name in Vietnamese."), is_required=True),
    Column("name_en", "string", reason("Name in English, where there is one.")),
)
UNITS = (
    Column("unit_code", "string", reason("Code of the unit, which never changes."), is_required=True),
    *_NAMES,
    Column("official_code", "string", reason("Official code of the administrative unit, where it is known.")),
    Column("opened_on", "date", reason("First day of the unit, where it is known.")),
    Column("closed_on", "date", reason("Day on which the unit ended; empty while it serves.")),
)
FIELDS = (
    Column("field_code", "string", reason("Code of the service field, which never changes."), is_required=True),
    *_NAMES,
    Column("agency_vi", "string", reason("Agency that handles the field, in Vietnamese.")),
)
REFERS = (("unit_code", "units"), ("field_code", "fields"))
"""Which columns of the aggregates are explained by which table."""


def units() -> Iterator[Row]:
    """The units that the aggregates can name, as they are called now: those just below the province, and itself."""
    for one in aggregates.units():
        yield one.code, one.name_vi, one.name_en, one.official_code, one.opened_on, one.closed_on


def fields() -> Iterator[Row]:
    """The service fields in the order of their codes, and what stands for several together."""
    for one in sorted(lookups.fields(), key=lambda field: field.code):
        yield one.code, one.name_vi, one.name_en, one.agency.name_vi if one.agency else None
    yield OTHER_FIELDS, "Nhiều lĩnh vực gộp chung", "Several fields together", None
