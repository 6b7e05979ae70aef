"""A made-up year: answers and dossier counts of the sample catalogue's units, from a fixed seed.

What happens in it is told in `sample/demo_*.csv`: how many answer where and about what, which units and
fields are weak and since when, and what people write.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zlib import crc32

from sipas.catalogue import lookups, questionnaires
from sipas.catalogue.models import OTHER_FIELD, Touchpoint, Unit
from sipas.catalogue.questionnaires import OVERALL, Version
from sipas.demo import opinions
from sipas.demo.calendar import Calendar
from sipas.demo.opinions import SCOPES, Comments, Respondent
from sipas.responses.recording import ResponseDraft, ResponsePlace
from sipas.run import installation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEED = 20_250_701

AT_OWN_COUNTER = 0.6
"""Of those whose field has a counter with a code of its own, the part that uses that code."""

CHANNEL_WEIGHTS = {"qr": 5.0, "receipt": 3.0, "kiosk": 3.0, "link": 1.5, "paper": 0.0}
AT_HOME = ("receipt", "link")
ENGLISH = 0.012
UNIT_SPREAD, FIELD_SPREAD, SHARE_SPREAD = 0.15, 0.1, 0.25
"""Standard deviations between units: of opinions, of opinions on one field, of the logarithm of its share."""

RESPONSE_RATES = (0.05, 0.15)
"""Of a unit's finished dossiers, the part that is answered about lies between these."""


def told(name: str) -> list[dict[str, str]]:
    """The rows of one of the demo's files."""
    with (installation.SAMPLE / f"demo_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Way:
    """A way to answer: through a touchpoint, about the field at this place among the demo's fields."""

    place: ResponsePlace
    sheet: Version
    field: int
    weight: float


class Year:
    """The year up to and including a day."""

    def __init__(self, today: date, zone: tzinfo) -> None:
        import numpy as np

        self.calendar, self.today = Calendar(today, zone), today
        self.field_rows, self.stories = told("fields"), told("stories")
        self.comments = Comments(told("comments"))
        ids = {field.code: field.id for field in lookups.fields()}
        self.field_codes = np.array([row["field_code"] for row in self.field_rows])
        self.field_ids = [ids[code] for code in self.field_codes.tolist()]
        self._sheets: dict[str, Version] = {}

    def units(self, responses: int) -> Iterator[UnitYear]:
        """The year of each unit; the responses of all add up to `responses`."""
        rows = told("units")
        weights = [int(row["monthly"]) for row in rows]
        ends = [responses * sum(weights[:place]) // sum(weights) for place in range(len(rows) + 1)]
        for row, (start, end) in zip(rows, pairwise(ends), strict=True):
            yield UnitYear(self, lookups.unit(row["unit_code"]), end - start)

    def column(self, name: str) -> NDArray[np.float64]:
        """The numbers of one column of the fields' file, 0 where there is none."""
        import numpy as np

        return np.array([float(row[name] or 0) for row in self.field_rows])

    def ways(self, unit: Unit, shares: NDArray[np.float64]) -> list[Way]:
        """All ways to answer in a unit, for the shares of its fields."""
        touchpoints = lookups.touchpoints_of([unit.id])
        counters = {one.field_id: one for one in touchpoints if one.field_id}
        others = [one for one in touchpoints if not one.field_id]
        total = sum(CHANNEL_WEIGHTS[one.channel] for one in others)
        ways = []
        for field, share in enumerate(shares.tolist()):
            counter = counters.get(self.field_ids[field])
            at_counter = share * AT_OWN_COUNTER if counter else 0.0
            if counter:
                ways.append(self._way(counter, field, at_counter))
            rest = (share - at_counter) / total
            ways += [self._way(one, field, rest * CHANNEL_WEIGHTS[one.channel]) for one in others]
        return ways

    def _way(self, touchpoint: Touchpoint, field: int, weight: float) -> Way:
        code = touchpoint.questionnaire
        if code not in self._sheets:
            self._sheets[code] = questionnaires.sheet(questionnaires.current(code, self.today))
        place = ResponsePlace(touchpoint.id, touchpoint.unit_id, touchpoint.channel)
        return Way(place, self._sheets[code], field, weight)


class UnitYear:
    """The year of one unit: which way and when each response came, then what it says."""

    def __init__(self, year: Year, unit: Unit, count: int) -> None:
        import numpy as np

        self.year, self.unit_id, self.code, self.count = year, unit.id, unit.code, count
        self.rng = rng = np.random.default_rng([SEED, crc32(unit.code.encode())])
        self.rate = rng.uniform(*RESPONSE_RATES)
        shares = year.column("per_mille") * np.exp(rng.normal(0, SHARE_SPREAD, len(year.field_ids)))
        self.shares = shares / shares.sum()
        self.usual = rng.normal(0, UNIT_SPREAD) + rng.normal(0, FIELD_SPREAD, len(year.field_ids))
        self.ways = year.ways(unit, self.shares)
        weights = np.array([way.weight for way in self.ways])
        way = rng.choice(len(self.ways), count, p=weights / weights.sum())
        at_home = np.array([one.place.channel in AT_HOME for one in self.ways])
        day, minute = year.calendar.draw(rng, at_home[way])
        order = np.lexsort((minute, day))
        self.way, self.day, self.minute = way[order], day[order], minute[order]
        self.field = np.array([one.field for one in self.ways])[self.way]
        self.month = np.array(year.calendar.month_of)[self.day]
        is_later = np.where(at_home[self.way], 0.5, 1.0)
        self.is_pending = year.column("pending_percent")[self.field] / 100 * is_later

    def drafts(self) -> Iterator[ResponseDraft]:
        """The unit's responses in the order they came, ready to be recorded."""
        rng, year = self.rng, self.year
        pull, matters = self._stories()
        rated = opinions.scores(rng, pull, self.is_pending)
        ticked = opinions.reasons(rng, rated, matters)
        chosen = opinions.choices(rng, self.count)
        languages = ["en" if chance < ENGLISH else "vi" for chance in rng.random(self.count).tolist()]
        fields = year.field_codes[self.field].tolist()
        written = year.comments.of(rng, rated, ticked, fields, languages)
        respondents = [Respondent(way.sheet) for way in self.ways]
        came = zip(self.way.tolist(), self.day.tolist(), self.minute.tolist(), strict=True)
        said = zip(rated.tolist(), ticked, chosen, written, strict=True)
        responses = zip(came, said, languages, strict=True)
        for number, ((way, day, minute), answer, language) in enumerate(responses):
            here = self.ways[way]
            yield ResponseDraft(
                f"demo-{self.code}-{number}",
                here.place,
                here.sheet,
                year.field_ids[here.field],
                respondents[way].answers(*answer),
                language,
                year.calendar.instant(day, minute),
            )

    def _stories(self) -> tuple[NDArray[np.float64], list[str]]:
        """By how much each opinion differs from the usual, by scope, and what is the matter ("": nothing)."""
        import numpy as np

        pull = np.repeat(self.usual[self.field][:, None], len(SCOPES), axis=1)
        matters = np.zeros(self.count, dtype="U20")
        codes = self.year.field_codes
        for story in self.year.stories:
            if story["unit_code"] not in ("", self.code):
                continue
            since = len(self.year.calendar.months) - int(story["months"]) if story["months"] else 0
            is_told = (self.month >= since) & np.isin(codes[self.field], story["field_code"] or codes)
            effect = float(story["effect"])
            for place, scope in enumerate(SCOPES):
                if story["factor"] in ("", scope):
                    pull[is_told, place] += effect
                elif scope == OVERALL:
                    pull[is_told, place] += effect / 2
            matters[is_told & (story["reason"] != "")] = story["reason"]
        return pull, matters.tolist()

    def dossiers(self) -> Iterator[dict[str, Any]]:
        """The unit's dossier counts by field and month: at least as many finished as answered."""
        import numpy as np

        rng, months = self.rng, self.year.calendar.months
        answered = np.zeros((len(self.year.field_ids), len(months)), dtype=int)
        np.add.at(answered, (self.field, self.month), 1)
        usual = self.shares[:, None] * answered.sum(axis=0) / self.rate
        finished = np.maximum(answered, rng.poisson(usual))
        lateness = (1 - self.year.column("on_time_percent") / 100) * rng.uniform(0.5, 1.5)
        on_time = rng.binomial(finished, 1 - lateness[:, None].clip(0, 1))
        received = finished + rng.poisson(finished * 0.03)
        for (field, month), count in np.ndenumerate(finished):
            if self.year.field_codes[field] != OTHER_FIELD:
                yield {
                    "unit_id": self.unit_id,
                    "month": months[month],
                    "field_id": self.year.field_ids[field],
                    "received": int(received[field, month]),
                    "finished": int(count),
                    "on_time": int(on_time[field, month]),
                }
