"""Other indices that a province steers by: yearly values as they were printed, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from sipas.catalogue.models import Unit
from sipas.core.db import Model, db, one_of, text_check, writing
from sipas.core.languages import sort_key

LEVELS = ("national", "province", "department", "district", "commune", "centre", "other")
"""What kind of body a value is of, in the order of lists; it need not be in our catalogue."""

STATUSES = ("VERIFIED", "DERIVED", "PARTLY", "INFERRED", "UNVERIFIED")
"""How sure a value is: read in its source; by arithmetic; in part; concluded; not looked up."""

FIRST = ("SIPAS", "PAR INDEX", "DDCI", "PCI", "PAPI", "DGI", "DTI", "ICT")
"""Indices in the order of lists; all others follow by their names."""

PERCENT, POINTS, OF = "percent", "points", "of "


class IndexValue(Model):
    """What one index said of one body in one year; numbers are kept as they were printed."""

    __tablename__ = "index_value"
    __audited__ = "index"
    __table_args__ = (
        UniqueConstraint("index_name", "year", "level", "body"),
        text_check("body", 200),
        text_check("index_name", 100),
        text_check("source", 500),
        text_check("value", 20),
        text_check("change_value", 20),
        one_of("level", LEVELS),
        one_of("status", STATUSES),
        CheckConstraint("year BETWEEN 1990 AND 2200", name="year_known"),
        CheckConstraint("scale IN ('percent', 'points') OR substr(scale, 1, 3) = 'of '", name="scale_known"),
        CheckConstraint("value IS NOT NULL OR rank IS NOT NULL", name="says_something"),
        CheckConstraint("rank >= 1 AND (out_of IS NULL OR rank <= out_of)", name="rank_within_field"),
        Index("ix_index_value_unit_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    index_name: Mapped[str] = mapped_column(String(100))
    value: Mapped[str | None] = mapped_column(String(20))
    scale: Mapped[str] = mapped_column(String(20))
    rank: Mapped[int | None]
    out_of: Mapped[int | None]
    change_value: Mapped[str | None] = mapped_column(String(20))
    change_rank: Mapped[int | None]
    comparable: Mapped[bool]
    status: Mapped[str | None] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(500))

    unit: Mapped[Unit | None] = relationship()

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return f"{self.index_name} {self.year} {self.body}"

    @property
    def audit_unit_id(self) -> int | None:
        """Whose audit it belongs to."""
        return self.unit_id

    @property
    def number(self) -> Decimal | None:
        """The value as a number."""
        return None if self.value is None else Decimal(self.value)

    @property
    def most(self) -> Decimal | None:
        """The highest value that its scale has; None where that is not known."""
        return most(self.scale)

    @property
    def who(self) -> str:
        """Whose it is, as addresses write it."""
        return identity(self.level, self.body, self.unit.code if self.unit else None)


def identity(level: str, body: str, unit_code: str | None) -> str:
    """A body as addresses write it: a unit's code, else its level and name."""
    return unit_code or f"{level}:{body}"


def most(scale: str) -> Decimal | None:
    """The highest value of a scale; None for points without one."""
    if scale == PERCENT:
        return Decimal(100)
    return Decimal(scale.removeprefix(OF)) if scale.startswith(OF) else None


def change_of_value(now: IndexValue, before: IndexValue | None) -> Decimal | None:
    """What a value gained on the year before: as printed, else the difference of the two that are kept.

    Never across a break of method, and never between two scales.
    """
    if now.change_value is not None:
        return Decimal(now.change_value)
    if before is None or not now.comparable or now.scale != before.scale:
        return None
    return None if now.number is None or before.number is None else now.number - before.number


def change_of_rank(now: tuple[int | None, int | None], before: tuple[int | None, int | None]) -> int | None:
    """Places gained (+) or lost (−) between two (rank, of how many); None where either is unknown.

    The third of thirteen and the third of fifty-four are not the same place: there is no change between them.
    """
    (rank, out_of), (rank_before, out_of_before) = now, before
    if rank is None or rank_before is None or out_of != out_of_before:
        return None
    return rank_before - rank


def contradicted_change(now: IndexValue, before: IndexValue | None) -> Decimal | None:
    """What the two values give, where that is further from the printed change than rounding may bring it."""
    if before is None or None in (now.value, before.value, now.change_value):
        return None
    if not now.comparable or now.scale != before.scale:
        return None
    value, earlier, printed = (Decimal(text) for text in (now.value, before.value, now.change_value) if text)
    slack = sum((Decimal(5).scaleb(int(one.as_tuple().exponent) - 1) for one in (value, earlier, printed)), Decimal(0))
    return value - earlier if abs(value - earlier - printed) > slack else None


def contradicted_places(now: IndexValue, before: IndexValue | None) -> int | None:
    """What the two ranks give, where another change was printed."""
    if before is None or now.change_rank is None:
        return None
    follows = change_of_rank((now.rank, now.out_of), (before.rank, before.out_of))
    return None if follows == now.change_rank else follows


def places_of(values: Iterable[Decimal]) -> dict[Decimal, tuple[int, int]]:
    """The first and the last place that each value may have: equal values share the first; the highest leads."""
    listed = sorted(values, reverse=True)
    found: dict[Decimal, tuple[int, int]] = {}
    for place, value in enumerate(listed, 1):
        found[value] = (found.get(value, (place, place))[0], place)
    return found


@dataclass(frozen=True)
class IndexEntry:
    """One line of the board: a value with its place and with what changed, and whether those were printed."""

    row: IndexValue
    rank: int | None
    change: Decimal | None
    places: int | None
    other_change: Decimal | None = None
    other_places: int | None = None
    """What follows from the year before, where something else was printed."""

    @property
    def is_rank_ours(self) -> bool:
        """Whether the rank follows from the values of the whole field and was not printed."""
        return self.rank is not None and self.row.rank is None

    @property
    def is_change_ours(self) -> bool:
        """Whether the change of value follows from two values and was not printed."""
        return self.change is not None and self.row.change_value is None

    @property
    def are_places_ours(self) -> bool:
        """Whether the change of rank follows from two ranks and was not printed."""
        return self.places is not None and self.row.change_rank is None


def _entries(rows: Sequence[IndexValue]) -> list[IndexEntry]:
    """The lines of some rows; the year before of each is looked for among them."""
    ranks = _ranks(rows)
    known = {(row.who, row.index_name, row.year): row for row in rows}
    found = []
    for row in rows:
        before = known.get((row.who, row.index_name, row.year - 1))
        places = row.change_rank
        if places is None and before:
            places = change_of_rank((ranks[row], row.out_of), (ranks[before], before.out_of))
        others = contradicted_change(row, before), contradicted_places(row, before)
        found.append(IndexEntry(row, ranks[row], change_of_value(row, before), places, *others))
    return found


def _ranks(rows: Sequence[IndexValue]) -> Mapping[IndexValue, int | None]:
    """The rank of each row: as printed, else from the values where those of the whole field are kept."""
    found = {row: row.rank for row in rows}
    fields: dict[tuple[object, ...], dict[Decimal, tuple[int, int]]] = {}
    for row in rows:
        if row.rank is None and row.number is not None and row.out_of:
            field = (row.index_name, row.year, row.level, row.out_of)
            if field not in fields:
                fields[field] = _field(row)
            found[row] = fields[field].get(row.number, (None, None))[0]
    return found


def _field(row: IndexValue) -> dict[Decimal, tuple[int, int]]:
    """The places of all values in one ranking; none while some are missing."""
    one = IndexValue
    alike = (one.index_name == row.index_name, one.year == row.year, one.level == row.level, one.out_of == row.out_of)
    values = [Decimal(value) for value in db.session.scalars(select(one.value).where(*alike)) if value is not None]
    return places_of(values) if len(values) == row.out_of else {}


def _kept(*wanted: ColumnElement[bool]) -> list[IndexValue]:
    found = db.session.scalars(select(IndexValue).where(*wanted).options(joinedload(IndexValue.unit)))
    return sorted(
        found, key=lambda row: (-row.year, order(row.index_name), LEVELS.index(row.level), sort_key(row.body))
    )


def order(index_name: str) -> tuple[int, str]:
    """Where an index stands in lists."""
    known = index_name.upper()
    return (FIRST.index(known) if known in FIRST else len(FIRST), sort_key(index_name))


@dataclass(frozen=True)
class Body:
    """Whoever values are kept of."""

    who: str
    name: str
    level: str
    years: tuple[int, ...]


def bodies() -> list[Body]:
    """All of them, by level and name, each with its years, the latest first."""
    one = IndexValue
    wanted = select(one.level, one.body, Unit.code, one.year).outerjoin(Unit, Unit.id == one.unit_id).distinct()
    found: dict[str, tuple[str, str, set[int]]] = {}
    for level, name, code, year in db.session.execute(wanted.order_by(one.year)):
        who = identity(level, name, code)
        years = found[who][2] if who in found else set()
        found[who] = (name, level, years | {year})  # of a unit that was renamed the latest name
    listed = [Body(who, name, level, tuple(sorted(years, reverse=True))) for who, (name, level, years) in found.items()]
    return sorted(listed, key=lambda body: (LEVELS.index(body.level), sort_key(body.name)))


def of_body(who: str) -> list[IndexEntry]:
    """Everything that is kept of one body, the latest year first."""
    level, has_level, name = who.partition(":")
    if not has_level:
        return _entries(_kept(IndexValue.unit_id == select(Unit.id).where(Unit.code == who).scalar_subquery()))
    return _entries(_kept(IndexValue.unit_id.is_(None), IndexValue.level == level, IndexValue.body == name))


def of_index(index_name: str) -> list[IndexEntry]:
    """Everything that is kept of one index, the latest year first."""
    return _entries(_kept(IndexValue.index_name == index_name))


def everything() -> list[IndexEntry]:
    """All that is kept, for a file."""
    return _entries(_kept())


def remove(number: int) -> IndexValue | None:
    """Keep a value no longer that was loaded by mistake; None where it is gone already. The audit says what it was."""
    with writing() as session:
        row = session.get(IndexValue, number)
        if row is not None:
            session.delete(row)
    return row


def names() -> list[str]:
    """The names of all indices that values are kept of."""
    return sorted(db.session.scalars(select(IndexValue.index_name).distinct()), key=order)
