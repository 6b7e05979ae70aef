"""Packs of posters: whole, told how far they are, kept for a day, and never half of one."""

from __future__ import annotations

import io
import os
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from flask import Flask

from sipas.catalogue import lookups, touchpoints
from sipas.catalogue.touchpoints import NewTouchpoint
from sipas.core import background_files
from sipas.core.errors import NotFound
from sipas.numbers import periods
from sipas.survey import poster_packs, posters
from sipas.survey.poster_packs import NoPosters, Sheaf, TooManyPosters
from sipas.survey.posters import Paper, Poster

SITE = "https://sipas.example"
HOSTILE = '../../etc/<script>alert("x")</script> #panic(1)'


def sheaf(unit: str, number: int, name: str = "Đơn vị") -> Sheaf:
    codes = [f"AAAA{place:04}" for place in range(number)]
    return Sheaf(unit, tuple(Poster(f"{SITE}/r/{code}", code, name, "Quầy") for code in codes))


def made(
    folder: Path, shape: poster_packs.Shape, *wanted: Sheaf, paper: Paper = "a5"
) -> tuple[poster_packs.PackState, bytes]:
    identity = poster_packs.begin(folder, "hong-gai", paper, shape, wanted, "manager@test.example")
    poster_packs.make(folder, identity, wanted)
    return poster_packs.state(folder, identity), poster_packs.file(folder, identity).read_bytes()


def test_one_file_has_a_page_for_each_poster_unit_by_unit(tmp_path: Path) -> None:
    state, content = made(tmp_path, "pdf", sheaf("a", 3), sheaf("b", 2))
    assert len(pypdfium2.PdfDocument(content)) == 5
    assert (state.stage, state.drawn, state.total, state.size) == ("ready", 5, 5, len(content))
    assert state.file_name == "posters-hong-gai-a5.pdf"


def test_an_archive_has_a_file_for_each_unit_named_by_its_code(tmp_path: Path) -> None:
    _, content = made(tmp_path, "zip", sheaf("a", 3, HOSTILE), sheaf("b", 1))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["a-a5.pdf", "b-a5.pdf"]
        page = pypdfium2.PdfDocument(archive.read("a-a5.pdf"))[0]
        assert "<script>alert" in page.get_textpage().get_text_bounded().replace("\u200b", "").replace("\r\n", "")


@pytest.mark.parametrize(("paper", "width"), [("58mm", 58), ("80mm", 80)])
def test_a_slip_is_as_wide_as_its_strip_and_its_code_is_read(paper: Paper, width: int) -> None:
    poster = Poster(f"{SITE}/r/4WKXPNG7", "4WKXPNG7", "Trung tâm " * 12, HOSTILE, "Centre", "Counter" * 20)
    pages = pypdfium2.PdfDocument(posters.poster_pdf([poster], paper))
    assert len(pages) == 1
    assert round(pages[0].get_width() / 72 * 25.4) == width
    picture = pages[0].render(scale=203 / 72).to_pil()  # such printers have 203 dots an inch
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [poster.address]
    text = pages[0].get_textpage()
    boxes = [text.get_charbox(place) for place in range(text.count_chars())]
    assert all(left >= 0 and right <= pages[0].get_width() for left, _, right, _ in boxes)


def test_only_open_points_are_printed_and_none_for_paper_forms(inside: Flask) -> None:
    unit = lookups.unit("ba-che")
    before = lookups.touchpoints_of([unit.id])
    touchpoints.close(before[0], date(2026, 9, 1))
    touchpoints.hang(unit, [NewTouchpoint("paper", "Phiếu giấy")], date(2026, 9, 1))
    (found,) = poster_packs.sheaves(lookups.touchpoints_of([unit.id]), SITE)
    assert {one.code for one in found.posters} == {one.code for one in before[1:]}
    assert found.posters[0].address == f"{SITE}/r/{found.posters[0].code}"


def test_nothing_to_print_and_too_much_for_one_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPosters):
        poster_packs.begin(tmp_path, "hong-gai", "a4", "pdf", [], "manager@test.example")
    many = [sheaf("a", poster_packs.MOST_IN_A_FILE), sheaf("b", 1)]
    with pytest.raises(TooManyPosters):
        poster_packs.begin(tmp_path, "hong-gai", "a4", "pdf", many, "manager@test.example")
    poster_packs.begin(tmp_path, "hong-gai", "a4", "zip", many, "manager@test.example")


def test_a_pack_that_fails_says_so_and_leaves_no_file(tmp_path: Path) -> None:
    wanted = [Sheaf("a", (Poster("x" * 5000, "AAAA2222", "Đơn vị", "Quầy"),))]  # no code holds so long an address
    identity = poster_packs.begin(tmp_path, "hong-gai", "a4", "pdf", wanted, "manager@test.example")
    poster_packs.make(tmp_path, identity, wanted)
    assert poster_packs.state(tmp_path, identity).stage == "failed"
    with pytest.raises(NotFound):
        poster_packs.file(tmp_path, identity)


def test_a_pack_whose_process_is_gone_is_told_as_failed(tmp_path: Path) -> None:
    identity = poster_packs.begin(tmp_path, "hong-gai", "a4", "pdf", [sheaf("a", 1)], "manager@test.example")
    assert poster_packs.state(tmp_path, identity).is_under_way
    old = (periods.now() - background_files.STOPPED_AFTER - timedelta(seconds=5)).timestamp()
    os.utime(tmp_path / identity / "state.json", (old, old))
    assert poster_packs.state(tmp_path, identity).stage == "failed"


def test_packs_are_removed_after_a_day_and_nothing_else_is(tmp_path: Path) -> None:
    old, new = (poster_packs.begin(tmp_path, "a", "a4", "pdf", [sheaf("a", 1)], "m@test.example") for _ in range(2))
    (tmp_path / "notes.txt").write_text("mine")
    day_ago = (periods.now() - timedelta(days=1, seconds=1)).timestamp()
    os.utime(tmp_path / old / "state.json", (day_ago, day_ago))
    poster_packs.sweep(tmp_path, periods.now())
    with pytest.raises(NotFound):
        poster_packs.state(tmp_path, old)
    assert poster_packs.state(tmp_path, new).stage == "waiting"
    assert (tmp_path / "notes.txt").exists()


@pytest.mark.parametrize("identity", ["", "..", "../secret_key", "0" * 31, "0" * 32, "g" * 32])
def test_no_other_file_is_reached_through_an_identity(tmp_path: Path, identity: str) -> None:
    with pytest.raises(NotFound):
        poster_packs.state(tmp_path, identity)
