"""Trends keep their gaps, weeks hide what is few, changes are marked only where they are real."""

from __future__ import annotations

import io
from datetime import date, timedelta
from types import MappingProxyType
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sipas import charts
from sipas.catalogue.questionnaires import Questionnaire
from sipas.charts import drawing
from sipas.charts import trend as trend_chart
from sipas.charts.words import change_in_words
from sipas.numbers.changes import change
from sipas.numbers.periods import Period, parse
from sipas.numbers.shares import Cluster, Tally, is_too_few, proportion
from sipas.reporting.hours import Hour, Hours
from sipas.reporting.report_lines import Line
from sipas.reporting.reports import Report, ReportRequest
from sipas.reporting.trends import Break, Point, Trend
from tests.charts.test_charts import CENTRE, CIVIL, LAND, SVG, USUAL, line, report, words

YEAR = Period(date(2025, 10, 1), date(2026, 10, 1))


def point(day: date, responses: int, satisfied: int | None = None) -> Point:
    share = None if is_too_few(responses) else proportion(responses if satisfied is None else satisfied, responses)
    return Point(Period(day, day + timedelta(days=1)), responses, share)


def daily(counts: list[int], *breaks: Break) -> Trend:
    period = Period(YEAR.start, YEAR.start + timedelta(days=len(counts)))
    points = tuple(point(YEAR.start + timedelta(days=number), count) for number, count in enumerate(counts))
    return Trend(ReportRequest(CENTRE, period), period, "day", points, breaks)


def runs(found: Trend) -> list[int]:
    return [len(run) for run in trend_chart.picture(found, "en").runs()]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=60))
def test_a_line_joins_only_neighbours_that_both_have_a_figure(counts: list[int]) -> None:
    spelled = "".join("x" if count >= 5 else " " for count in counts)
    assert runs(daily(counts)) == [len(run) for run in spelled.split()]


def test_no_line_crosses_a_merger_but_a_new_questionnaire_only_marks_its_day() -> None:
    day = YEAR.start + timedelta(days=4)
    version = Questionnaire(code="short", version=2)
    assert runs(daily([9] * 10, Break(day, (CENTRE,), "different"))) == [4, 6]
    assert runs(daily([9] * 10, Break(day, (version,)))) == [10]
    assert runs(daily([9] * 10, Break(day, (CENTRE,), "none"))) == [10]
    said = [one.words for one in trend_chart.picture(daily([9] * 10, Break(day, (CENTRE,), "different")), "en").breaks]
    assert said == [
        "5 October 2025: together with or apart from Hồng Gai centre; before and after are different units."
    ]


def test_first_last_and_lowest_are_written_beside_their_points() -> None:
    points = [point(YEAR.start + timedelta(days=number), 10, 10 - number % 4) for number in range(7)]
    found = Trend(ReportRequest(CENTRE, YEAR), Period(YEAR.start, points[-1].period.end), "day", tuple(points), ())
    written = {label.point: label.words for label in trend_chart.picture(found, "en").labels}
    assert written == {0: "100.0%", 3: "70.0%", 6: "80.0%"}


def test_an_axis_that_does_not_begin_at_zero_says_so() -> None:
    high = trend_chart.picture(daily([400] * 5), "en")
    assert high.floor == 0.5
    assert "The axis begins at 50%." in high.notes[0]
    low = trend_chart.picture(daily([5] * 5), "en")
    assert (low.floor, low.levels[0]) == (0.0, (0.0, "0"))
    assert "begins" not in low.notes[0]


def test_a_trend_without_any_figure_says_so_and_is_still_a_picture() -> None:
    found = trend_chart.picture(daily([3, 0, 4]), "en")
    assert "no step with enough responses" in found.description
    assert ElementTree.fromstring(drawing.svg(found)).tag == f"{SVG}svg"  # noqa: S314 - made by ourselves


def test_an_hour_with_few_shows_its_number_and_none_is_blank() -> None:
    cells = {(0, 8): Hour(4, None), (1, 8): Hour(5, proportion(4, 5)), (6, 10): Hour(50, proportion(50, 50))}
    found = charts.heat_picture(Hours(CENTRE, YEAR, MappingProxyType(cells)), "en")
    assert found.hours == ("8–9", "9–10", "10–11")
    assert found.cells[0][:3] == (drawing.HeatCell("", "n = 4", None), drawing.HeatCell("80.0", "5", 3), None)
    assert found.cells[1] == (None,) * 7
    assert found.cells[2][6] == drawing.HeatCell("100.0", "50", 4)


def changed_report(now: tuple[int, int], before: tuple[int, int]) -> Report:
    tally = Tally((0, now[1], 0, now[0], 0), Cluster(9, 9, 9, 9, 9, 9), (Cluster(9, 9, 9, 9, 9, 9),) * 5)
    moved = change(proportion(now[0], sum(now)), proportion(before[0], sum(before)))
    land = Line(LAND, tally, change=moved)
    asked = ReportRequest(CENTRE, parse("2026-Q3"))
    return Report(asked, asked.period, (land,), Line(None, tally), factor_changes=(moved,) * 5)


def test_only_a_change_beyond_chance_is_marked() -> None:
    real, chance = changed_report((700, 300), (800, 200)), changed_report((70, 30), (72, 28))
    for picture in (charts.fields_picture(real, "en"), charts.factors_picture(real, "en")):
        assert {(row.change, row.falls) for row in picture.rows} == {("−10.0", True)}
    for picture in (charts.fields_picture(chance, "en"), charts.factors_picture(chance, "en")):
        assert {row.change for row in picture.rows} == {""}
    assert change_in_words(chance.lines[0].change, "en").startswith("no clear change (−2.0; ")


def test_bars_of_all_fields_share_the_place_of_neutral() -> None:
    found = report(line(CIVIL, 90, 2), line(LAND, 3, 60))
    picture = charts.spread_picture(found, "en")
    for bar in picture.bars:
        neutral = bar.parts[2]
        assert neutral.start + neutral.width / 2 == pytest.approx(picture.neutral)
        assert bar.parts[0].start >= -1e-9
        assert bar.parts[-1].start + bar.parts[-1].width <= 1 + 1e-9
    assert [bar.name for bar in picture.bars] == ["Total", "Land", "Civil status"]


PICTURES = {
    "fields": charts.fields_picture(report(*USUAL), "vi"),
    "trend": trend_chart.picture(daily([9, 8, 0, 7] * 90), "vi"),
    "factors": charts.factors_picture(changed_report((70, 30), (72, 28)), "vi"),
    "spread": charts.spread_picture(report(*USUAL), "vi"),
    "hours": charts.heat_picture(Hours(CENTRE, YEAR, MappingProxyType({(0, 8): Hour(9, proportion(7, 9))})), "vi"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_titled_described_sourced_and_without_styles(name: str) -> None:
    picture = PICTURES[name]
    root = ElementTree.fromstring(drawing.svg(picture))  # noqa: S314 - made by ourselves
    assert (words(root, "title"), words(root, "desc")) == (picture.title, picture.description)
    assert not [one for one in root.iter() if one.get("style") or one.tag == f"{SVG}style"]
    assert "sipas-1" in picture.notes[-1]
    assert " phiếu" in picture.base
    assert drawing.svg(picture) is drawing.svg(picture)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_for_slides_is_sixteen_by_nine_unless_its_rows_need_more(name: str) -> None:
    image = Image.open(io.BytesIO(drawing.png(PICTURES[name])))
    assert image.width == 1920
    assert image.height >= 1080 or image.height == pytest.approx(1080, abs=1)
    assert image.info["Title"] == PICTURES[name].title
