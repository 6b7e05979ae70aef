"""Lines of a report: what was counted of one field, agency or the whole, and the figures that follow from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from sipas.catalogue.models import Agency, ServiceField
from sipas.dossiers.dossier_counts import Dossiers
from sipas.numbers.changes import Change
from sipas.numbers.shares import Cluster, Share, Tally, is_too_few, pooled, proportion
from sipas.numbers.weighting import answers_wanted


@dataclass(frozen=True)
class Earlier:
    """What was counted of the same in the previous period of equal length, and in the same days a year before."""

    previous: Tally = field(default_factory=Tally)
    year_before: Tally = field(default_factory=Tally)

    def __add__(self, other: Earlier) -> Earlier:
        """Both pooled."""
        return Earlier(self.previous + other.previous, self.year_before + other.year_before)


@dataclass(frozen=True)
class Line:
    """One line of a report: a service field, or several pooled where `field` is None.

    Every figure is None where there is no data or too few responses to show it. `change` is against the
    previous period of equal length, `year_change` against the same days of the year before.
    """

    field: ServiceField | None
    tally: Tally
    dossiers: Dossiers | None = None
    change: Change | None = None
    year_change: Change | None = None

    @property
    def responses(self) -> int:
        """The base: how many responses."""
        return self.tally.responses

    @property
    def is_too_few(self) -> bool:
        """Whether there are responses, but too few to show a figure."""
        return self.responses > 0 and is_too_few(self.responses)

    @cached_property
    def satisfaction(self) -> Share | None:
        """Responses that were satisfied overall, out of all."""
        return satisfaction(self.tally)

    @cached_property
    def index(self) -> Share | None:
        """Satisfied ratings out of the valid ones, pooled over the five factors."""
        return _shown(self.tally.index)

    @cached_property
    def factors(self) -> tuple[Share | None, ...]:
        """The same for each factor, in the order of `FACTORS`."""
        return factors(self.tally)

    @property
    def scores(self) -> tuple[int, ...] | None:
        """How many gave each overall score, 1 first."""
        return None if is_too_few(self.responses) else self.tally.scores

    @property
    def response_rate(self) -> Fraction | None:
        """Responses out of dossiers finished (it can exceed 1: visitors without a dossier answer too)."""
        return Fraction(self.responses, self.dossiers.finished) if self.dossiers and self.dossiers.finished else None

    @property
    def on_time_rate(self) -> Fraction | None:
        """Dossiers on time out of those finished."""
        if self.dossiers is None or not self.dossiers.finished:
            return None
        return Fraction(self.dossiers.on_time, self.dossiers.finished)

    @property
    def answers_wanted(self) -> int | None:
        """How many answers would make the figure sure within five points, where dossiers are known."""
        return answers_wanted(self.dossiers.finished) if self.dossiers and self.dossiers.finished else None


@dataclass(frozen=True)
class AgencyLine:
    """The fields that one agency handles, pooled; those that nobody is named for where `agency` is None."""

    agency: Agency | None
    line: Line

    @property
    def is_vertical(self) -> bool:
        """Whether they are handled elsewhere than in the unit's own house."""
        return self.agency is not None and self.agency.is_vertical


@dataclass(frozen=True)
class LinePart:
    """A part of the total: how many responses, and their share where it may be shown."""

    responses: int
    satisfaction: Share | None


@dataclass(frozen=True)
class PaperApart:
    """The total taken apart: what staff typed in from paper, and everything else."""

    paper: LinePart
    others: LinePart


@dataclass(frozen=True)
class Aside:
    """What was set aside: how many responses, and the total as it would be with them.

    There is no total where fewer than five were: beside the one without it would tell how single people rated.
    """

    responses: int
    total: Line | None

    @property
    def satisfaction(self) -> Share | None:
        """The figure with them, where it may be shown."""
        return self.total.satisfaction if self.total else None


def by_attention(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Lines in the order in which they need attention: those that fell beyond chance first, the worst fall leading.

    Then a field whose interval ends lowest: it is low beyond doubt, while a low figure of six answers is not;
    of equal ends the one with more responses. Those with too few to show follow, then those without any.
    """
    return tuple(sorted(lines, key=_attention))


def _attention(line: Line) -> tuple[int, float, int]:
    share = line.satisfaction
    if share is None:
        return (2 if line.responses else 3, 0.0, 0)
    if line.change and line.change.is_fall:
        return (0, float(line.change.value), -share.total)
    return (1, share.high, -share.total)


def satisfaction(tally: Tally) -> Share | None:
    """Responses that were satisfied overall, out of all; None where they are too few to show."""
    return None if is_too_few(tally.responses) else proportion(tally.satisfied, tally.responses)


def factors(tally: Tally) -> tuple[Share | None, ...]:
    """Satisfied out of valid ratings of each factor, in the order of `FACTORS`; None where too few rated it."""
    return tuple(map(_shown, tally.factors))


def _shown(sums: Cluster) -> Share | None:
    return None if is_too_few(sums.citizens) else pooled(sums)
