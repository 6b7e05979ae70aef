"""A chart shows what its report says, the same everywhere, and says it in words too."""

from __future__ import annotations

import unicodedata
import warnings
from datetime import date
from fractions import Fraction
from itertools import pairwise
from threading import Thread
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas import charts
from sipas.catalogue.models import ServiceField, Unit
from sipas.core import formats
from sipas.numbers.periods import Period, parse
from sipas.numbers.shares import Tally
from sipas.reporting.report_lines import Line
from sipas.reporting.reports import Report, ReportRequest

SVG = "{http://www.w3.org/2000/svg}"
LAND = ServiceField(code="dat-dai", name_vi="Đất đai", name_en="Land")
CIVIL = ServiceField(code="ho-tich", name_vi="Hộ tịch", name_en="Civil status")
TAX = ServiceField(code="thue", name_vi="Thuế", name_en="Tax")
POLICE = ServiceField(code="cu-tru", name_vi="Cư trú, căn cước", name_en="Residence")
CENTRE = Unit(code="hong-gai", name_vi="Trung tâm Phục vụ hành chính công phường Hồng Gai", name_en="Hồng Gai centre")


def line(field: ServiceField | None, satisfied: int, others: int) -> Line:
    return Line(field, Tally((0, others, 0, satisfied, 0)))


def report(*lines: Line, unit: Unit = CENTRE, period: str = "2026-Q3", channel: str | None = None) -> Report:
    total = sum((one.tally for one in lines), Tally())
    asked = parse(period)
    return Report(ReportRequest(unit, asked, channel=channel), asked, lines, Line(None, total))


USUAL = (line(CIVIL, 180, 5), line(LAND, 120, 60), line(TAX, 2, 1), line(POLICE, 0, 0))


def drawing(found: Report, language: str = "vi") -> ElementTree.Element:
    return ElementTree.fromstring(charts.report_svg(found, language))  # noqa: S314 - made by ourselves


def words(root: ElementTree.Element, tag: str) -> str:
    return "".join(element.text or "" for element in root.findall(f"{SVG}{tag}"))


def places_of_dots(root: ElementTree.Element) -> set[float]:
    """How far along the axis the dots of fields stand: nothing else in this colour is placed."""
    return {
        float(use.attrib["x"]) for use in root.iter(f"{SVG}use") if "x" in use.attrib and use.get("fill") == "#0b6258"
    }


# --- the drawing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_chart_is_an_image_with_a_title_and_a_description(language: str) -> None:
    root = drawing(report(*USUAL), language)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    labels = {element.get("id"): element.text for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")}
    assert set((root.get("aria-labelledby") or "").split()) == set(labels)
    assert labels["desc"] == charts.description(report(*USUAL), language)
    assert labels["title"]


def test_a_chart_needs_no_style_that_a_strict_policy_forbids() -> None:
    root = drawing(report(*USUAL))
    assert not [one for one in root.iter() if one.get("style") or one.tag in (f"{SVG}style", f"{SVG}script")]


def test_letters_are_outlines_that_need_no_font_on_the_readers_machine() -> None:
    root = drawing(report(*USUAL))
    assert not list(root.iter(f"{SVG}text"))
    assert len(list(root.iter(f"{SVG}use"))) > 100


def test_the_same_figures_give_the_same_bytes_even_when_drawn_anew() -> None:
    first = charts.report_svg(report(*USUAL), "vi")
    for number in range(70):  # more than are remembered
        charts.report_svg(report(line(LAND, 100, number)), "vi")
    again = charts.report_svg(report(*USUAL), "vi")
    assert again is not first
    assert again == first


def test_an_unchanged_chart_is_drawn_once() -> None:
    assert charts.report_svg(report(*USUAL), "vi") is charts.report_svg(report(*USUAL), "vi")


@pytest.mark.parametrize(
    "other",
    [
        report(line(CIVIL, 180, 5), line(LAND, 121, 60)),
        report(line(CIVIL, 180, 5), line(LAND, 120, 60), channel="qr"),
        report(line(CIVIL, 180, 5), line(LAND, 120, 60), period="2026-Q2"),
        report(line(CIVIL, 180, 5), line(LAND, 120, 60), unit=Unit(code="cua-ong", name_vi="Cửa Ông")),
    ],
    ids=["one answer more", "another channel", "another period", "another unit"],
)
def test_another_question_or_figure_gives_another_chart(other: Report) -> None:
    assert charts.report_svg(other, "vi") != charts.report_svg(report(line(CIVIL, 180, 5), line(LAND, 120, 60)), "vi")


def test_each_language_has_its_own_chart() -> None:
    assert charts.report_svg(report(*USUAL), "vi") != charts.report_svg(report(*USUAL), "en")


def test_every_shown_field_has_a_dot_and_the_others_have_none() -> None:
    assert len(places_of_dots(drawing(report(*USUAL)))) == 2
    assert not places_of_dots(drawing(report(line(TAX, 2, 1), line(POLICE, 0, 0))))


def test_dots_stand_on_one_axis_from_0_to_100() -> None:
    none, half, everyone = (
        places_of_dots(drawing(report(line(LAND, satisfied, 40 - satisfied)))).pop() for satisfied in (0, 20, 40)
    )
    assert none < half < everyone
    assert half - none == pytest.approx(everyone - half, abs=0.1)


def test_a_chart_grows_with_its_fields() -> None:
    heights = [float((drawing(report(*USUAL[:number])).get("viewBox") or "").split()[3]) for number in (1, 2, 3)]
    assert heights == sorted(set(heights))


def test_a_report_without_any_field_or_response_is_still_a_chart() -> None:
    assert words(drawing(report()), "desc") == charts.description(report(), "vi")


def test_all_letters_of_vietnamese_are_in_the_font() -> None:
    vowels = [base + tone for base in "aăâeêioôơuưy" for tone in ("", *"\u0300\u0301\u0303\u0309\u0323")]
    letters = unicodedata.normalize("NFC", " ".join([*vowels, "đ"]))
    unit = Unit(code="letters", name_vi=f"{letters} {letters.upper()}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with_letters = charts.report_svg(report(*USUAL, unit=unit), "vi")
    unit_of_questions = Unit(code="letters", name_vi="".join(" " if one == " " else "?" for one in unit.name_vi))
    shapes = {path.get("d") for path in ElementTree.fromstring(with_letters).iter(f"{SVG}path")}  # noqa: S314
    questions = {path.get("d") for path in drawing(report(*USUAL, unit=unit_of_questions)).iter(f"{SVG}path")}
    assert len(shapes) > len(questions) + 100


def test_a_letter_that_the_font_lacks_is_a_question_mark_and_whole_in_the_description() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        root = drawing(report(*USUAL, unit=Unit(code="han", name_vi="下龍 🏛")))
    assert "下龍 🏛" in words(root, "desc")


@pytest.mark.parametrize(
    "name",
    [
        "</title><script>alert(1)</script>",
        "$x^2$ \\frac{1}{2} $",
        "a -- b --> ]]> &lt; & \" '",
        "%(n)s %s {0} {{ 7*7 }}",
        "bell\x07 null\x00 turned\u202e over\ufffe",
        "word" * 75,
    ],
)
def test_a_hostile_name_is_text(name: str) -> None:
    field = ServiceField(code="hostile", name_vi=name)
    root = drawing(report(line(field, 30, 10), line(LAND, 20, 2), unit=Unit(code="hostile", name_vi=name)))
    assert not list(root.iter(f"{SVG}script"))
    visible = "".join(one for one in name if unicodedata.category(one)[0] != "C")
    assert words(root, "desc").startswith(visible)


def test_long_names_stay_inside_the_sheet() -> None:
    long = ServiceField(code="long", name_vi="Đăng ký đất đai, tài sản gắn liền với đất và biện pháp bảo đảm " * 4)
    tall = drawing(report(line(long, 30, 10)))
    low = drawing(report(line(LAND, 30, 10)))
    heights = [float((root.get("viewBox") or "").split()[3]) for root in (low, tall)]
    assert heights[1] > heights[0] + 60
    assert (tall.get("viewBox") or "").split()[2] == "360"


def test_drawing_leaves_matplotlibs_settings_alone_while_many_draw_at_once() -> None:
    before = dict(mpl.rcParams)
    drawn: list[bytes] = []
    found = [report(line(LAND, 50 + number, 7)) for number in range(6)]
    threads = [Thread(target=lambda one=one: drawn.append(charts.report_svg(one, "en"))) for one in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(drawn) == sorted(charts.report_svg(one, "en") for one in found)
    assert len(set(drawn)) == 6
    assert dict(mpl.rcParams) == before


# --- the order --------------------------------------------------------------------------------------------


def codes(found: Report) -> list[str]:
    return [one.field.code for one in charts.by_attention(found) if one.field]


def test_a_field_that_is_low_beyond_doubt_stands_before_one_that_is_low_by_chance() -> None:
    few_and_lower = line(TAX, 3, 3)
    many_and_higher = line(LAND, 600, 400)
    assert codes(report(few_and_lower, many_and_higher)) == ["dat-dai", "thue"]


def test_fields_with_too_few_responses_come_after_and_those_without_any_last() -> None:
    assert codes(report(*reversed(USUAL))) == ["dat-dai", "ho-tich", "thue", "cu-tru"]


def test_equal_fields_keep_the_order_of_the_catalogue() -> None:
    assert codes(report(line(CIVIL, 20, 5), line(LAND, 20, 5))) == ["ho-tich", "dat-dai"]
    assert codes(report(line(LAND, 20, 5), line(CIVIL, 20, 5))) == ["dat-dai", "ho-tich"]


# --- in words ---------------------------------------------------------------------------------------------


def test_the_description_says_total_weakest_and_strongest_with_their_bases_in_english() -> None:
    said = charts.description(report(*USUAL), "en")
    assert said == (
        "Hồng Gai centre, July–September 2026: 82.1% of 368 responses satisfied (95% interval 77.8–85.6%). "
        "Needs attention first: Land, 66.7% of 180 responses. "
        "Strongest: Civil status, 97.3% of 185 responses. Fields with too few responses to show: 1."
    )


def test_the_description_says_it_in_vietnamese() -> None:
    said = charts.description(report(*USUAL), "vi")
    for figure in (
        "82,1\u202f%",
        "368 phiếu",
        "77,8–85,6\u202f%",
        "Đất đai, 66,7\u202f%",
        "180 phiếu",
        "Hộ tịch",
    ):
        assert figure in said
    assert "quý III năm 2026" in said
    assert "responses" not in said


def test_the_description_of_too_few_responses_holds_no_percentage() -> None:
    said = charts.description(report(line(TAX, 3, 1)), "en")
    assert "4 responses, too few" in said
    assert "%" not in said


def test_the_description_of_none_says_so() -> None:
    assert "no responses" in charts.description(report(line(TAX, 0, 0)), "en")


def test_one_shown_field_is_not_compared_with_itself() -> None:
    assert "Strongest" not in charts.description(report(line(LAND, 40, 2), line(TAX, 1, 0)), "en")


# --- the spread of scores ---------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 5000), min_size=5, max_size=5).filter(lambda scores: sum(scores) >= 5))
def test_the_bar_holds_every_response_once_and_stays_within_its_ends(scores: list[int]) -> None:
    steps = charts.spread(Line(LAND, Tally(tuple(scores))))
    assert [step.count for step in steps] == scores
    assert sum(step.share for step in steps) == 1
    assert steps[0].start >= 0
    assert steps[-1].start + steps[-1].width <= 1
    for one, after in pairwise(steps):
        assert one.start + one.width == after.start


def test_the_middle_of_neutral_stands_at_one_place_unless_many_are_dissatisfied() -> None:
    good, fair, bad = ((1, 1, 2, 30, 66), (10, 10, 10, 30, 40), (60, 20, 10, 5, 5))
    middles = [charts.spread(Line(LAND, Tally(scores)))[2].middle for scores in (good, fair, bad)]
    assert middles[0] == middles[1] == Fraction(3, 13)
    assert middles[2] > middles[0]


def test_too_few_responses_have_no_bar() -> None:
    assert charts.spread(line(TAX, 3, 1)) == ()


# --- periods and figures in words -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "vi", "en"),
    [
        ("2026", "năm 2026", "2026"),
        ("2026-Q4", "quý IV năm 2026", "October–December 2026"),
        ("2026-09", "tháng 9 năm 2026", "September 2026"),
        ("2026-09-14", "14 tháng 9, 2026", "14 September 2026"),
        ("2026-09-01..2026-09-21", "1–20 tháng 9, 2026", "1–20 September 2026"),
        ("2026-08-15..2026-09-21", "15 tháng 8 – 20 tháng 9, 2026", "15 August – 20 September 2026"),
        (
            "2025-12-30..2026-01-02",
            "30 tháng 12, 2025 – 1 tháng 1, 2026",
            "30 December 2025 – 1 January 2026",
        ),
        ("2025-12-01..2026-12-01", "tháng 12 năm 2025 – tháng 11 năm 2026", "December 2025 – November 2026"),
        ("2026-01-01..2026-03-01", "tháng 1 – tháng 2 năm 2026", "January–February 2026"),
        ("2026-01-01..2026-01-01", "chưa có ngày nào kết thúc", "no closed day yet"),
    ],
)
def test_a_period_is_said_as_people_say_it(period: str, vi: str, en: str) -> None:
    assert (formats.period(parse(period), "vi"), formats.period(parse(period), "en")) == (vi, en)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 800))
def test_every_period_names_its_last_year(start: date, days: int) -> None:
    period = Period(start, date.fromordinal(start.toordinal() + days))
    for language in ("vi", "en"):
        assert str(period.last_day.year) in formats.period(period, language)


def test_figures_carry_the_marks_of_their_language() -> None:
    assert [formats.count(1234567, language) for language in ("vi", "en")] == ["1.234.567", "1,234,567"]
    assert [formats.percent(Fraction(912, 1000), language) for language in ("vi", "en")] == [
        "91,2\u202f%",
        "91.2%",
    ]
    assert formats.percent(None, "vi") == formats.count(None, "en") == formats.DASH
