"""How figures, days and periods are written for people, by language; files have rules of their own."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from io import BytesIO

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from sipas.core.languages import CATALOGUE, TRANSLATIONS
from sipas.numbers.changes import Change
from sipas.numbers.periods import Period
from sipas.numbers.shares import Share, percentage

DASH = "–"
"""What stands where there is no data."""

_SIGNS = {"vi": ("", "\u202f%"), "en": ("", "%")}
"""What stands before and after a percentage."""

_QUARTERS = ("I", "II", "III", "IV")
_OWN_RULES = ("vi", "en")
"""Languages whose dates are written by rules of ours; every other goes by what Babel knows of it."""


@cache
def words(language: str) -> NullTranslations:
    """The catalogue of a language; English speaks for itself.

    One that was changed since it was compiled, or never was, is compiled here in memory: the file of a new
    language is all that it takes, on a machine where nothing can be written too.
    """
    written = TRANSLATIONS / language / CATALOGUE
    compiled = written.with_suffix(".mo")
    if not written.exists():
        return NullTranslations()
    if compiled.exists() and compiled.stat().st_mtime >= written.stat().st_mtime:
        with compiled.open("rb") as file:
            return Translations(file)
    made = BytesIO()
    with written.open("rb") as file:
        write_mo(made, read_po(file, locale=language))
    made.seek(0)
    return Translations(made)


@cache
def _marks(language: str) -> tuple[str, str]:
    """The decimal mark and the mark between thousands."""
    symbols = Locale.parse(language).number_symbols["latn"]
    return symbols["decimal"], symbols["group"]


@cache
def _signs(language: str) -> tuple[str, str]:
    if language in _SIGNS:
        return _SIGNS[language]
    pattern = Locale.parse(language).percent_formats[None]
    return pattern.prefix[0], pattern.suffix[0]


def count(value: int | None, language: str) -> str:
    """A whole number with its thousands apart; a dash where there is none."""
    return DASH if value is None else f"{value:,}".replace(",", _marks(language)[1])


def points(ratio: Fraction | float | None, language: str) -> str:
    """A ratio as per cent with one decimal, without the sign; a dash where there is none."""
    return DASH if ratio is None else str(percentage(ratio, 1)).replace(".", _marks(language)[0])


def percent(ratio: Fraction | float | None, language: str) -> str:
    """A ratio as per cent with one decimal and its sign: 91,2 %; 91.2%."""
    return DASH if ratio is None else _signed(points(ratio, language), language)


def whole_percent(number: int, language: str) -> str:
    """A whole number of per cent, such as a threshold, with its sign: 80 %; 80%."""
    return _signed(str(number), language)


def printed(number: str, language: str) -> str:
    """A number with the decimals that it was printed with: 93,12; 93.12."""
    return number.replace("-", "−").replace(".", _marks(language)[0])


def printed_percent(number: str, language: str) -> str:
    """The same as per cent: 93,12 %; 93.12%."""
    return _signed(printed(number, language), language)


def printed_change(number: Decimal, language: str) -> str:
    """A difference with its sign and the decimals that it was printed with: +0,58; −12.99."""
    return f"{'+' if number > 0 else ''}{printed(f'{number:f}', language)}"


def _signed(number: str, language: str) -> str:
    before, after = _signs(language)
    return f"{before}{number}{after}"


def interval(share: Share, language: str) -> str:
    """The 95 % interval of a share: 88,9–93,1 %; 88.9–93.1%."""
    return _signed(f"{points(share.low, language)}–{points(share.high, language)}", language)


def difference(ratio: Fraction | float, language: str) -> str:
    """A difference of two ratios in points with its sign: +1,3; −4.1; without one where it rounds to nothing."""
    most = max(ratio, -ratio)
    size = points(most, language)
    is_nothing = not percentage(most, 1)
    return size if is_nothing else f"{'−' if ratio < 0 else '+'}{size}"


def span(one: Change, language: str) -> str:
    """The interval of a change in points: −0,8 … +3,4."""
    return f"{difference(one.low, language)} … {difference(one.high, language)}"


def day(value: date, language: str) -> str:
    """A day in words: 21 tháng 11, 2026; 21 November 2026."""
    if language not in _OWN_RULES:
        return _date(value, "long", language)
    return _date(value, "d MMMM y" if language == "en" else "d MMMM, y", language)


def moment(value: datetime, language: str) -> str:
    """An instant to the minute, in the zone that it comes in: 14:05, 21 tháng 11, 2026; 21 November 2026, 14:05."""
    written = day(value.date(), language)
    return f"{written}, {value:%H:%M}" if language == "en" else f"{value:%H:%M}, {written}"


def month(value: date, language: str) -> str:
    """A month, as short as a table needs it: 9/2026; Sep 2026."""
    return f"{value.month}/{value.year}" if language == "vi" else _date(value, "MMM y", language)


def period(value: Period, language: str) -> str:
    """A period in words, as short as is clear: quý III năm 2026; July–September 2026; 1–20 November 2026."""
    if not value.days:
        return words(language).gettext("no closed day yet")
    if language not in _OWN_RULES:
        return _elsewhere(value, language)
    if value.is_whole_months:
        return _months(value, language)
    first, last = value.start, value.last_day
    if first == last:
        return day(first, language)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last, language)}"
    begin = _date(first, "d MMMM", language) if first.year == last.year else day(first, language)
    return f"{begin} – {day(last, language)}"


def _elsewhere(value: Period, language: str) -> str:
    """A period as Babel writes it."""
    first, last = value.start, value.last_day
    if not value.is_whole_months:
        return day(first, language) if first == last else format_interval(first, last, "yMMMd", locale=language)
    if (first.month, last.month, first.year) == (1, 12, last.year):
        return format_skeleton("y", first, locale=language)
    if (first.year, first.month) == (last.year, last.month):
        return format_skeleton("yMMMM", first, locale=language)
    return format_interval(first, last, "yMMMM", locale=language)


def _months(value: Period, language: str) -> str:
    first, last = value.start, value.last_day
    year = "y" if language == "en" else "'năm' y"
    written = str(value)
    if len(written) == len("2026"):
        return _date(first, year, language)
    if language == "vi" and "Q" in written:
        return f"quý {_QUARTERS[first.month // 3]} {_date(first, year, language)}"
    end = _date(last, f"MMMM {year}", language)
    if (first.year, first.month) == (last.year, last.month):
        return end
    if first.year != last.year:
        return f"{_date(first, f'MMMM {year}', language)} – {end}"
    return f"{_date(first, 'MMMM', language)}{'–' if language == 'en' else ' – '}{end}"


def _date(value: date, pattern: str, language: str) -> str:
    return format_date(value, pattern, locale=language)


def mark(value: Period, language: str) -> str:
    """A period as short as an axis needs it: III/2026; Q3 2026; otherwise as a table or an address writes it."""
    written = str(value)
    if "Q" in written:
        year, quarter = written.split("-Q")
        return f"{_QUARTERS[int(quarter) - 1]}/{year}" if language == "vi" else f"Q{quarter} {year}"
    is_month = value.is_whole_months and len(list(value.months())) == 1
    return month(value.start, language) if is_month else written


def channel(code: str, language: str) -> str:
    """What people call a channel."""
    gettext = words(language).gettext
    return {
        "qr": gettext("QR code at the counter"),
        "receipt": gettext("Appointment slip"),
        "kiosk": gettext("Kiosk"),
        "link": gettext("Link"),
        "paper": gettext("Paper, typed in by staff"),
    }[code]


def responses(number: int, language: str) -> str:
    """So many responses."""
    said = words(language).ngettext("%(count)s response", "%(count)s responses", number)
    return said % {"count": count(number, language)}
