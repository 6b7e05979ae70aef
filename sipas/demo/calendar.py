"""When people answer in the demo's made-up year: office hours, weekends, evenings, feasts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from sipas.numbers import periods

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DAYS = 365
MINUTES = [timedelta(minutes=minute) for minute in range(24 * 60)]

TET = {2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23)}
"""First day of the lunar year; offices rest from three days before until four days after."""

FEASTS = {(1, 1), (4, 30), (5, 1), (9, 1), (9, 2)}

OFFICE_HOURS = {
    7.5: 5, 8: 9, 8.5: 12, 9: 13, 9.5: 12, 10: 10, 10.5: 8, 11: 4,
    13.5: 6, 14: 10, 14.5: 10, 15: 9, 15.5: 7, 16: 6, 16.5: 4,
}  # fmt: skip
SATURDAY_HOURS = {8: 8, 8.5: 10, 9: 10, 9.5: 8, 10: 7, 10.5: 5, 11: 3}
HOME_HOURS = {
    8: 1, 9: 2, 10: 3, 11: 4, 12: 5, 12.5: 4, 14: 2, 16: 3,
    17: 5, 18: 6, 19: 10, 19.5: 11, 20: 12, 20.5: 11, 21: 8, 21.5: 4,
}  # fmt: skip
"""How busy the half hours are that begin at these hours: at a counter, and with the slip taken home."""

OFFICE_WEEK = (1.25, 1.1, 1.0, 1.0, 0.95, 0.1, 0.004)
HOME_WEEK = (1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.5)
OFFICE_FEAST, HOME_FEAST = 0.01, 0.3
GROWTH = 0.2
"""By how much more people answer at the end of the year than at its beginning."""


class Calendar:
    """The year up to and including `today`: its days, their months, and how busy every half hour is."""

    def __init__(self, today: date, zone: tzinfo) -> None:
        self.days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
        self.midnights = [datetime.combine(day, time(), zone).astimezone(UTC) for day in self.days]
        self.months = sorted({day.replace(day=1) for day in self.days})
        self.month_of = [self.months.index(day.replace(day=1)) for day in self.days]
        self.last_minute = (periods.now() - self.midnights[-1]) // timedelta(minutes=1)
        self._at_home, self._at_office = self._chances(at_home=True), self._chances(at_home=False)

    def _chances(self, at_home: bool) -> NDArray[np.float64]:
        """Cumulated chances of all half hours."""
        import numpy as np

        week, at_feasts = (HOME_WEEK, HOME_FEAST) if at_home else (OFFICE_WEEK, OFFICE_FEAST)
        busy = np.zeros((DAYS, 48))
        for place, day in enumerate(self.days):
            hours = HOME_HOURS if at_home else SATURDAY_HOURS if day.weekday() > 4 else OFFICE_HOURS
            whole = week[day.weekday()] * (at_feasts if is_feast(day) else 1) * (1 + GROWTH * place / DAYS)
            for hour, weight in hours.items():
                busy[place, int(hour * 2)] = whole * weight / sum(hours.values())
        chances = np.cumsum(busy)
        return np.asarray(chances / chances[-1])

    def draw(
        self, rng: np.random.Generator, is_at_home: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Day of the year and minute of the day of each response; what would be to come was a week ago."""
        import numpy as np

        chance = rng.random(len(is_at_home))
        at_home, at_office = self._at_home.searchsorted(chance), self._at_office.searchsorted(chance)
        half = np.where(is_at_home, at_home, at_office)
        day, minute = half // 48, half % 48 * 30 + rng.integers(30, size=len(half))
        is_to_come = (day == DAYS - 1) & (minute > self.last_minute)
        return np.where(is_to_come, day - 7, day), minute

    def instant(self, day: int, minute: int) -> datetime:
        """The instant of a minute of a day of the year."""
        return self.midnights[day] + MINUTES[minute]


def is_feast(day: date) -> bool:
    """Whether offices rest for a feast."""
    month, first = TET.get(day.year, (2, 10))
    return (day.month, day.day) in FEASTS or -3 <= (day - date(day.year, month, first)).days <= 4
