"""A ranking: who is in it, in which order, against which period, and how it is said."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from flask import Flask

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.charts import drawing, rank_words
from sipas.charts.ranking import MOST_DRAWN, picture
from sipas.core.db import writing
from sipas.core.languages import named, own_part, own_parts
from sipas.downloads import ranking_files
from sipas.numbers.changes import Change
from sipas.numbers.periods import parse
from sipas.numbers.shares import Cluster, Tally, proportion
from sipas.numbers.standings import ABOVE, BELOW, MIDDLE, Standing
from sipas.reporting import rankings, reports
from sipas.reporting.rankings import Before, Ranking, RankingRequest, RankLine
from sipas.responses import recording
from tests.conftest import draft

LAST = date(2026, 12, 31)
NOW, BEFORE = datetime(2026, 9, 14, 3, tzinfo=UTC), datetime(2026, 5, 14, 3, tzinfo=UTC)


def give(unit: str, satisfied: int, total: int, at: datetime = NOW, rated: int = 0, field: str = "dat-dai") -> None:
    """Answers in a unit, of which the first `rated` also rated a factor, all of them badly."""
    points = lookups.touchpoints_of([lookups.unit(unit).id])
    code = next(point.code for point in points if point.field_id is None)
    whole = draft(code, field, at)
    scores = [{"overall": 5 if number < satisfied else 2} for number in range(total)]
    rows = [{**one, "access": 1} if number < rated else one for number, one in enumerate(scores)]
    recording.record_many(
        [replace(whole, key=recording.new_key(), answers=replace(whole.answers, scores=row)) for row in rows], UTC
    )


def ask(period: str = "2026-Q3", **asked: object) -> Ranking:
    question = RankingRequest(lookups.province(), parse(period))
    return rankings.ranking(replace(question, **asked), LAST)  # type: ignore[arg-type]


def shown(found: Ranking) -> list[tuple[str, int | None]]:
    """The units with responses, each with its rank."""
    return [(line.unit.code, line.standing.rank if line.standing else None) for line in found.lines if line.responses]


def test_units_stand_in_order_with_ties_and_those_with_few_stand_apart(inside: Flask) -> None:
    give("hong-gai", 30, 40)
    give("ba-che", 45, 60)
    give("bai-chay", 58, 60)
    give("an-sinh", 29, 29)
    give("cam-pha", 4, 4)
    found = ask()
    assert shown(found) == [("bai-chay", 1), ("hong-gai", 2), ("ba-che", 2), ("an-sinh", None), ("cam-pha", None)]
    standing = {line.unit.code: line.standing for line in found.ranked}
    assert standing["bai-chay"] == Standing(1, 1, 1, 3, ABOVE)
    assert standing["ba-che"] == Standing(2, 2, 3, 3, MIDDLE), "equal ones cannot be told apart, and share a rank"
    assert {line.unit.code: line.figure is None for line in found.unranked if line.responses} == {
        "an-sinh": False,
        "cam-pha": True,
    }
    assert len(found.lines) == 55, "every open centre is missed"


def test_change_of_value_and_change_of_rank_stand_apart(inside: Flask) -> None:
    for unit, before, now in (("hong-gai", 88, 90), ("ba-che", 80, 96), ("bai-chay", 95, 60)):
        give(unit, before, 100, BEFORE)
        give(unit, now, 100)
    give("an-sinh", 99, 100, BEFORE)
    by_code = {line.unit.code: line for line in ask().lines}
    risen, fallen = by_code["ba-che"], by_code["bai-chay"]
    assert (risen.change_rank, risen.before) == (3, Before(4, 4)), "it was last of four, and one of them is gone"
    assert risen.change
    assert risen.change.is_real
    assert fallen.change_rank == -1
    assert fallen.change
    assert fallen.change.is_fall
    same = by_code["hong-gai"]
    assert (same.change_rank, same.change and same.change.is_real) == (1, False)
    assert (by_code["an-sinh"].change, by_code["an-sinh"].change_rank) == (None, None)


def test_the_index_is_ranked_by_citizens_and_not_by_their_ratings(inside: Flask) -> None:
    give("hong-gai", 40, 40, rated=29)
    give("ba-che", 31, 40, rated=30)
    assert shown(ask(by="index")) == [("ba-che", 1), ("hong-gai", None)]
    assert shown(ask()) == [("hong-gai", 1), ("ba-che", 2)]


def test_field_and_channel_count_what_the_report_of_the_unit_counts(inside: Flask) -> None:
    give("hong-gai", 30, 40)
    give("hong-gai", 2, 35, field="ho-tich")
    question = RankingRequest(lookups.province(), parse("2026"), field=lookups.field("ho-tich"), channel="qr")
    line = next(line for line in rankings.ranking(question, LAST).lines if line.unit.code == "hong-gai")
    asked = reports.ReportRequest(line.unit, question.period, question.field, question.channel)
    assert line.satisfaction == reports.report(asked, LAST).total.satisfaction
    assert line.satisfaction == proportion(2, 35)
    assert shown(ask(channel="paper")) == []


def test_a_closed_unit_is_listed_where_it_has_responses_and_missed_nowhere_else(inside: Flask) -> None:
    give("hong-gai", 30, 40)
    with writing():
        lookups.unit("hong-gai").closed_on = date(2026, 10, 1)
        lookups.unit("ba-che").opened_on = date(2026, 10, 1)
    codes = {line.unit.code for line in ask().lines}
    assert "hong-gai" in codes
    assert "ba-che" not in codes
    codes = {line.unit.code for line in ask("2026-Q4").lines}
    assert "hong-gai" not in codes
    assert "ba-che" in codes


def test_reception_points_are_ranked_among_themselves(inside: Flask) -> None:
    found = ask(level="point")
    assert {line.unit.level for line in found.lines} == {"point"}
    parent = found.lines[0].unit.parent
    assert parent
    assert {line.unit.parent_id for line in ask(level="point", root=parent).lines} == {parent.id}
    assert ask(level="centre", root=parent).lines == ()


def test_a_period_without_a_closed_day_ranks_nobody(inside: Flask) -> None:
    give("hong-gai", 30, 40)
    found = rankings.ranking(RankingRequest(lookups.province(), parse("2026-Q3")), date(2026, 6, 30))
    assert (found.of, found.ranked, found.period.days) == (0, (), 0)
    assert "none is ranked" in rank_words.description(found, "en")
    assert ElementTree.fromstring(drawing.svg(picture(found, "vi")))  # noqa: S314 - made by ourselves


def test_the_files_hold_the_columns_promised_and_the_figures_of_the_ranking(inside: Flask) -> None:
    give("hong-gai", 79, 100, BEFORE)
    give("hong-gai", 60, 100, rated=40)
    give("ba-che", 95, 100)
    give("bai-chay", 3, 4)
    found = ask()
    rows = list(csv.DictReader(io.StringIO(ranking_files.to_csv(found, "vi").decode("utf-8-sig"))))
    assert ",".join(rows[0]) == (
        "rank,rank_low,rank_high,unit_code,unit,responses,satisfaction,low,high,index,change_points,change_low,"
        "change_high,change_rank,band,period_from,period_to,method"
    )
    told = {row["unit_code"]: row for row in rows}
    line = told["hong-gai"]
    assert [line[name] for name in ("rank", "rank_low", "rank_high", "responses", "satisfaction", "low", "high")] == [
        "2", "2", "2", "100", "60.00", "50.20", "69.06",
    ]  # fmt: skip
    assert [line[name] for name in ("index", "change_points", "change_rank", "band", "period_from", "period_to")] == [
        "0.00", "-19.00", "-1", "below", "2026-07-01", "2026-09-30",
    ]  # fmt: skip
    few = told["bai-chay"]
    assert [few[name] for name in ("rank", "responses", "satisfaction", "low", "band")] == ["", "4", "", "", ""]
    objects = json.loads(ranking_files.to_json(found, "en"))
    assert [{name: row[name] for name in ranking_files.RANKING_COLUMNS} for row in objects["rows"]] == [
        dict(zip(ranking_files.RANKING_COLUMNS, json.loads(json.dumps(row, default=str)), strict=True))
        for row in ranking_files.table(found, "en").rows
    ]
    assert objects["rows"][1]["sentence"].startswith(
        "60.0%, 2nd of 2 (2), down 19.0 points, a clear change, down 1 place"
    )
    assert objects["bands"] == {"above": 1, "not_distinguishable": 0, "below": 1}


CENTRE = Unit(id=1, code="hong-gai", level="centre", name_vi="Trung tâm Hồng Gai", name_en="Hồng Gai centre")


def line_of(satisfied: int, total: int, standing: Standing | None = None, unit: Unit = CENTRE) -> RankLine:
    cluster = Cluster(total, satisfied, total, satisfied, satisfied, total)
    return RankLine(unit, Tally((0, total - satisfied, 0, satisfied, 0), cluster), "satisfaction", standing)


def moved(points: Fraction, is_real: bool) -> Change:
    share = proportion(900, 1000)
    assert share
    return Change(points, float(points) - 0.02, float(points) + 0.02, is_real, share)


USUAL = replace(
    line_of(931, 1000, Standing(10, 8, 12, 13, MIDDLE)), change=moved(Fraction(-5, 1000), False), before=Before(7, 13)
)


@pytest.mark.parametrize(
    ("line", "english", "vietnamese"),
    [
        (
            USUAL,
            "93.1%, 10th of 13 (8–12), down 0.5 points, no clear change, down 3 places",
            "93,1\u202f%, thứ 10 trên 13 (8–12), giảm 0,5 điểm, chưa phải thay đổi rõ rệt, tụt 3 bậc",
        ),
        (
            replace(USUAL, standing=Standing(1, 1, 1, 1200, ABOVE), change=moved(Fraction(43, 1000), True)),
            "93.1%, 1st of 1,200 (1), up 4.3 points, a clear change, up 6 places",
            "93,1\u202f%, thứ 1 trên 1.200 (1), tăng 4,3 điểm, thay đổi rõ rệt, lên 6 bậc",
        ),
        (
            replace(USUAL, standing=Standing(7, 3, 9, 13, BELOW), change=moved(Fraction(1, 5000), False)),
            "93.1%, 7th of 13 (3–9), the same figure as before, same rank",
            "93,1\u202f%, thứ 7 trên 13 (3–9), bằng kỳ trước, giữ nguyên hạng",
        ),
        (
            line_of(28, 29),
            "96.6%, not ranked: 29 of 30 citizens needed",
            "96,6\u202f%, không xếp hạng: mới có 29 trên 30 người trả lời cần có",
        ),
        (line_of(3, 4), "4 responses, too few to show a figure", "4 phiếu, quá ít để hiển thị số liệu"),
        (line_of(0, 0), "no responses, not ranked", "không có phiếu trả lời, không xếp hạng"),
    ],
)
def test_a_place_is_said_in_one_sentence(line: RankLine, english: str, vietnamese: str) -> None:
    assert rank_words.sentence(line, "en") == english
    assert rank_words.sentence(line, "vi") == vietnamese


def test_places_are_counted_as_they_are_spoken() -> None:
    spoken = [rank_words.ordinal(number, "en") for number in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111, 1003)]
    assert spoken == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th", "1,003rd"]


def many(number: int) -> Ranking:
    """So many units, a tenth of them in either outer band and a tenth not ranked."""
    bands = [ABOVE] * (number // 10) + [MIDDLE] * (number * 7 // 10) + [BELOW] * (number // 10)
    found = [
        line_of(900 - place * 800 // number, 1000, Standing(place + 1, 1, number, number, band), named_unit(place))
        for place, band in enumerate(bands)
    ]
    unranked = [line_of(20, 25, unit=named_unit(place)) for place in range(len(found), number)]
    return Ranking(RankingRequest(CENTRE, parse("2026")), parse("2026"), (*found, *unranked))


def named_unit(place: int) -> Unit:
    return Unit(id=place, code=f"c{place}", level="centre", name_vi=f"Trung tâm xã Số {place}")


def test_a_chart_shows_all_of_few_and_the_ends_of_each_band_of_many() -> None:
    few, large = picture(many(55), "en"), picture(many(3000), "en")
    assert sum(len(group.places) for group in few.groups) == 55
    assert [group.heading.rpartition(" (")[2] for group in few.groups] == ["5)", "38)", "5)", "7)"]
    assert few.groups[0].places[0].rank == "1 (1–55)"
    drawn = [place.name for group in large.groups for place in group.places]
    assert len(drawn) == MOST_DRAWN
    assert {"0", "2699", "2999"} <= set(drawn)
    assert "2,070 units between are left out." in [group.left_out for group in large.groups]


def test_the_own_parts_of_many_names_are_those_found_one_by_one(inside: Flask) -> None:
    for language in ("vi", "en"):
        names = [named(unit, language) for unit in lookups.units_in(lookups.subtree(lookups.province().id))]
        assert own_parts(names) == {name: own_part(name, names) for name in names}
    for names in ([], ["a b"], ["a b", "a b", "a c"], ["a", "a b", "b"]):
        assert own_parts(names) == {name: own_part(name, names) for name in names}
