"""Codes are read back with a real scanner and posters with a real PDF reader, whole and after an accident."""

from __future__ import annotations

import html
import io
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Literal

import pypdfium2 as pdfium
import pytest
import typst
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw
from pypdfium2 import raw

from sipas.files.typst import FONTS
from sipas.survey.posters import Poster, poster_pdf, qr_matrix, qr_png, qr_svg, qr_terminal

Paper = Literal["a4", "a5"]
PAPERS: dict[Paper, tuple[float, float]] = {"a4": (210, 297), "a5": (148, 210)}
MILLIMETRE = 72 / 25.4
QR_CODES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)

SHORT = "http://192.168.1.5:8000/r/4WKXPNG7"
LONG = "https://danhgia.phucvuhanhchinhcong.quangninh.gov.vn/r/4WKXPNG7"

POSTER = Poster(
    address=SHORT,
    code="4WKXPNG7",
    unit_vi="Trung tâm Phục vụ hành chính công phường Hồng Gai",
    unit_en="Public administration service centre of Hong Gai ward",
    place_vi="Quầy 3 · Hộ tịch",
    place_en="Counter 3 · Civil status",
)
LONGEST = replace(
    POSTER,
    unit_vi="Trung tâm Phục vụ hành chính công đặc khu Vân Đồn – Điểm tiếp nhận số 2 " * 4,
    unit_en="Public administration service centre of Van Don special administrative zone " * 4,
    place_vi="Quầy 12 · Đăng ký đất đai, tài sản gắn liền với đất, biện pháp bảo đảm " * 2,
    place_en="Counter 12 · Registration of land, property attached to it and securities " * 2,
)
HOSTILE = '#panic("x") *b* _i_ $x^2$ <script>alert(1)</script> \\u{41} `raw` // @ref [a] {b} "q" \'s\' --- ~ </svg> %s'

VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
SMALL_LETTERS = sorted({unicodedata.normalize("NFC", v + t) for v in VOWELS for t in TONES} - set("aeiouy") | {"đ"})
LETTERS = SMALL_LETTERS + [letter.upper() for letter in SMALL_LETTERS]


# --- looking at what was made -----------------------------------------------------------------------------


@contextmanager
def opened(pdf: bytes) -> Iterator[pdfium.PdfDocument]:
    document = pdfium.PdfDocument(pdf)
    try:
        yield document
    finally:
        document.close()


def page_image(pdf: bytes, index: int = 0, dots_per_inch: int = 100) -> Image.Image:
    with opened(pdf) as document:
        picture: Image.Image = document[index].render(scale=dots_per_inch / 72).to_pil()
        return picture.convert("L")


def page_text(pdf: bytes, index: int = 0) -> str:
    """The text of a page on one line, in reading order; the breaks put into long words are taken out."""
    with opened(pdf) as document:
        text: str = document[index].get_textpage().get_text_range()
    return " ".join(text.replace("\u200b", "").split())


def letter_boxes(pdf: bytes) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of every letter of the first page, in millimetres from its top left."""
    with opened(pdf) as document:
        page = document[0]
        text, height = page.get_textpage(), page.get_height()
        boxes = [text.get_charbox(index) for index in range(text.count_chars())]
    return [
        (left / MILLIMETRE, (height - top) / MILLIMETRE, right / MILLIMETRE, (height - bottom) / MILLIMETRE)
        for left, bottom, right, top in boxes
    ]


def rendered(source: str, **inputs: str) -> Image.Image:
    """The picture, as small as its content, that typst makes of `source` at 200 pixels an inch."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    page = "#set page(width: auto, height: auto, margin: 0pt)\n"
    compiler = typst.Compiler(font_paths=fonts, sys_inputs=inputs)
    png = compiler.compile(input=(page + source).encode(), format="png", ppi=200)
    assert isinstance(png, bytes)
    return Image.open(io.BytesIO(png)).convert("L")


def drawn_svg(svg: bytes) -> Image.Image:
    """The picture of an SVG file; typst refuses one that is not well-formed."""
    return rendered('#image(bytes(sys.inputs.svg), format: "svg")', svg=svg.decode())


def drawn_terminal(printed: str, background: int) -> Image.Image:
    """The picture a terminal shows whose own background is `background`, two pixels to a character."""
    grey = {"16": 0, "231": 255}
    halves = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}
    lines = printed.splitlines()
    image = Image.new("L", (len(qr_matrix(SHORT)) + 60, 2 * len(lines) + 20), background)
    for row, line in enumerate(lines):
        match = re.fullmatch(r"\x1b\[38;5;(\d+);48;5;(\d+)m(.*)\x1b\[0m", line)
        assert match, line
        ink, paper, characters = match.groups()
        for column, character in enumerate(characters):
            for half, inked in enumerate(halves[character]):
                image.putpixel((column, 10 + 2 * row + half), grey[ink if inked else paper])
    return image.resize((image.width * 6, image.height * 6), Image.Resampling.NEAREST)


def scanned(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture, formats=QR_CODES)]


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "the SVG file": lambda: drawn_svg(qr_svg(SHORT)),
    "the PNG file": lambda: Image.open(io.BytesIO(qr_png(SHORT))).convert("L"),
    "a dark terminal": lambda: drawn_terminal(qr_terminal(SHORT), background=0),
    "a light terminal": lambda: drawn_terminal(qr_terminal(SHORT), background=255),
    "the A4 poster": lambda: page_image(poster_pdf([POSTER], "a4")),
    "the A5 poster": lambda: page_image(poster_pdf([POSTER], "a5")),
}


@cache
def picture_of(name: str) -> Image.Image:
    return PICTURES[name]()


# --- accidents --------------------------------------------------------------------------------------------


def code_corners(picture: Image.Image) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the code in an undamaged picture."""
    place = zxingcpp.read_barcodes(picture, formats=QR_CODES)[0].position
    return place.top_left.x, place.top_left.y, place.bottom_right.x, place.bottom_right.y


def covered(picture: Image.Image, x: float, y: float, share: float, grey: int) -> Image.Image:
    """The picture with a round spot over `share` of the code, its middle at (x, y) of the code's sides."""
    left, top, right, bottom = code_corners(picture)
    radius = (share * (right - left) * (bottom - top) / 3.1416) ** 0.5
    middle = left + x * (right - left), top + y * (bottom - top)
    spoilt = picture.copy()
    ImageDraw.Draw(spoilt).circle(middle, radius, fill=grey)
    return spoilt


def turned(picture: Image.Image, degrees: float) -> Image.Image:
    """The picture on a larger white sheet, turned."""
    sheet = Image.new("L", (picture.width * 3 // 2, picture.height * 3 // 2), 255)
    sheet.paste(picture, (picture.width // 4, picture.height // 4))
    return sheet.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255, expand=True)


def shrunk(picture: Image.Image) -> Image.Image:
    """The picture so small that the code is 100 pixels wide, three a module: seen from across a room."""
    left, _, right, _ = code_corners(picture)
    scale = 100 / (right - left)
    return picture.resize((int(picture.width * scale), int(picture.height * scale)), Image.Resampling.LANCZOS)


ACCIDENTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "whole": lambda picture: picture,
    "shrunk": shrunk,
    "askew": lambda picture: turned(picture, 7),
    "on its side": lambda picture: turned(picture, 90),
    "at an angle": lambda picture: turned(picture, 33),
    "upside down": lambda picture: turned(picture, 180),
    "with a white sticker in the middle": lambda picture: covered(picture, 0.5, 0.5, 0.09, 255),
    "with a black sticker in the middle": lambda picture: covered(picture, 0.5, 0.5, 0.09, 0),
    "with a coffee stain on its free corner": lambda picture: covered(picture, 0.84, 0.84, 0.08, 96),
    "stained, small and askew": lambda picture: turned(shrunk(covered(picture, 0.84, 0.84, 0.08, 96)), 7),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
@pytest.mark.parametrize("picture", PICTURES)
def test_a_phone_reads_the_address(picture: str, accident: str) -> None:
    assert scanned(ACCIDENTS[accident](picture_of(picture))) == [SHORT]


def test_the_stickers_of_these_tests_are_real_for_three_times_as_large_a_one_hides_the_address() -> None:
    picture = picture_of("the PNG file")
    assert scanned(covered(picture, 0.5, 0.5, 0.27, 255)) == []


# --- the code ---------------------------------------------------------------------------------------------


def test_four_modules_around_the_code_stay_white() -> None:
    matrix = qr_matrix(SHORT)
    inner = [row[4:-4] for row in matrix[4:-4]]
    assert sum(map(sum, matrix)) == sum(map(sum, inner))
    assert inner[0][:7] == [True] * 7, "a finder pattern begins right after the quiet zone"


def test_the_svg_file_stands_alone_and_says_in_its_title_where_it_leads() -> None:
    address = SHORT + "?a=1&b=<2>"
    assert scanned(drawn_svg(qr_svg(address))) == [address]
    svg, size = qr_svg(address).decode(), len(qr_matrix(address))
    assert f'width="{size}mm" height="{size}mm" viewBox="0 0 {size} {size}"' in svg
    assert [html.unescape(title) for title in re.findall("<title>(.*)</title>", svg)] == [address]
    assert len(qr_svg(LONG)) < 8_000


def test_the_png_file_has_two_colours_and_the_asked_size() -> None:
    image = Image.open(io.BytesIO(qr_png(SHORT, module_pixels=5)))
    assert image.mode == "1"
    assert image.size == (len(qr_matrix(SHORT)) * 5,) * 2
    assert len(qr_png(SHORT)) < 2_000


def test_the_code_fits_a_terminal_of_eighty_columns() -> None:
    widths = {len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in qr_terminal(LONG).splitlines()}
    assert widths == {len(qr_matrix(LONG))}
    assert max(widths) <= 80


def test_the_same_address_gives_the_same_files() -> None:
    assert qr_svg(LONG) == qr_svg(LONG)
    assert qr_png(LONG) == qr_png(LONG)
    assert qr_svg(LONG) != qr_svg(SHORT)


# --- the poster -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("paper", "size"), PAPERS.items())
def test_each_poster_is_one_page_of_the_asked_paper(paper: Paper, size: tuple[float, float]) -> None:
    posters = [POSTER, LONGEST, replace(POSTER, unit_en=None, place_en=None)]
    with opened(poster_pdf(posters, paper)) as document:
        sizes = [length / MILLIMETRE for page in document for length in page.get_size()]
    assert sizes == pytest.approx([*size] * len(posters), abs=0.1)


def test_a_poster_says_everything_in_both_languages() -> None:
    text = page_text(poster_pdf([POSTER]))
    for words in (
        "Ông/bà thấy phục vụ thế nào? How was the service?",
        "Quét mã bằng máy ảnh điện thoại Scan with your phone’s camera",
        "20 giây 20 seconds Không hỏi tên No name Không số điện thoại No phone number",
        "Không cần ứng dụng No app",
        "Hoặc mở Or open 192.168.1.5:8000 rồi gõ mã and type 4WKX PNG7",
        f"{POSTER.unit_vi} {POSTER.unit_en} {POSTER.place_vi} {POSTER.place_en} Câu trả lời không kèm tên",
    ):
        assert words in text


def test_a_name_without_english_is_said_once() -> None:
    text = page_text(poster_pdf([replace(POSTER, unit_en=None, place_en=None)]))
    assert f"{POSTER.unit_vi} {POSTER.place_vi} Câu trả lời" in text


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://hcc.vn/r/4WKXPNG7", "hcc.vn"),
        ("http://192.168.1.5:8000/r/4WKXPNG7", "192.168.1.5:8000"),
        ("https://quangninh.gov.vn/khaosat/r/4WKXPNG7", "quangninh.gov.vn/khaosat"),
    ],
)
def test_the_address_to_type_is_as_short_as_it_can_be(address: str, site: str) -> None:
    assert f"Or open {site} rồi" in page_text(poster_pdf([replace(POSTER, address=address)]))


def test_every_vietnamese_letter_comes_out_whole_and_in_order() -> None:
    words = [" ".join("".join(half[i : i + 6]) for i in range(0, 67, 6)) for half in (LETTERS[:67], LETTERS[67:])]
    decomposed = [unicodedata.normalize("NFD", line) for line in words]
    text = page_text(poster_pdf([replace(POSTER, unit_vi=decomposed[0], unit_en=decomposed[1])]))
    assert f"{words[0]} {words[1]}" in unicodedata.normalize("NFC", text)


def test_both_weights_of_the_font_hold_every_letter_and_sign_we_write() -> None:
    assert len(LETTERS) == 134
    lines = "".join(LETTERS[:67]), "".join(LETTERS[67:]), "–—“”‘’…−·×±%≥≤→₫\u00a0\u202f0123456789"
    posters = [replace(POSTER, place_vi=line, place_en=line) for line in lines]
    assert b"pdfuaid" in poster_pdf(posters), "the claim is dropped as soon as one letter is missing"


@pytest.mark.parametrize("weight", ["400", "600"])
def test_figures_are_of_one_width_in_a_table(weight: str) -> None:
    style = f'#set text(font: "Be Vietnam Pro", weight: {weight}, size: 90pt, number-width: "tabular")\n'
    assert len({rendered(style + "#sys.inputs.words", words=figure * 9).width for figure in "0123456789"}) == 1


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(
    "words", [HOSTILE, "x" * 5000, "W" * 299, "Ễ" * 80, HOSTILE.replace(" ", ""), "a\nb\tc\x00d\u202ee"]
)
def test_whatever_a_name_holds_it_is_text_and_stays_on_the_sheet(words: str, paper: Paper) -> None:
    poster = replace(POSTER, unit_vi=words, unit_en=words, place_vi=words, place_en=words)
    pdf = poster_pdf([poster], paper)
    width, height = PAPERS[paper]
    margin = 17.5 * width / 210
    for left, top, right, bottom in letter_boxes(pdf):
        assert margin <= left <= right <= width - margin
        assert 0 < top <= bottom < height - 10 * width / 210
    assert scanned(page_image(pdf)) == [SHORT]


def test_markup_is_printed_as_it_was_typed() -> None:
    assert f"{HOSTILE} Câu trả lời" in page_text(poster_pdf([replace(POSTER, place_vi=HOSTILE, place_en=None)]))


def test_line_breaks_and_invisible_characters_become_plain_spaces_or_nothing() -> None:
    poster = replace(POSTER, place_vi=" Quầy\r\n3\u200e\x07 \u202eHộ\ttịch ", place_en=None)
    assert "Quầy 3 Hộ tịch Câu trả lời" in page_text(poster_pdf([poster]))


@pytest.mark.parametrize("paper", PAPERS)
def test_the_longest_names_push_nothing_from_its_place(paper: Paper) -> None:
    usual, longest = (page_image(poster_pdf([poster], paper), dots_per_inch=144) for poster in (POSTER, LONGEST))
    changed = ImageChops.difference(usual, longest).getbbox()
    assert changed is not None
    left, top, right, bottom = (edge / usual.width * 210 for edge in changed)
    assert 17 < left < right < 193
    assert 249 < top < bottom < 275, "between the rule and the line on anonymity"


def test_the_longest_names_are_shown_from_their_beginning() -> None:
    text = page_text(poster_pdf([LONGEST]))
    assert "Trung tâm Phục vụ hành chính công đặc khu Vân Đồn – Điểm tiếp nhận số 2" in text
    assert "Quầy 12 · Đăng ký đất đai, tài sản gắn liền với đất, biện pháp bảo đảm" in text


@pytest.mark.parametrize("address", [SHORT, LONG, "http://a.vn/r/4WKXPNG7"])
@pytest.mark.parametrize("paper", PAPERS)
def test_the_code_is_half_as_wide_as_the_sheet_and_its_quiet_zone_is_white(paper: Paper, address: str) -> None:
    picture = page_image(poster_pdf([replace(POSTER, address=address)], paper), dots_per_inch=200)
    assert scanned(picture) == [address]
    left, top, right, bottom = code_corners(picture)
    assert (right - left) / picture.width == pytest.approx(0.5, abs=0.01)
    quiet = 4 * (right - left) / (len(qr_matrix(address)) - 8)
    around = picture.crop((int(left - quiet) + 1, int(top - quiet) + 1, int(right + quiet), int(bottom + quiet)))
    ImageDraw.Draw(around).rectangle((quiet - 3, quiet - 3, around.width - quiet + 3, around.height - quiet + 3), 255)
    assert around.getextrema() == (255, 255)


def test_the_poster_is_black_on_white() -> None:
    with opened(poster_pdf([POSTER])) as document:
        red, green, blue = document[0].render(scale=1).to_pil().convert("RGB").split()
    assert ImageChops.difference(red, green).getbbox() is ImageChops.difference(green, blue).getbbox() is None
    assert red.getextrema() == (0, 255)


def test_the_same_posters_give_the_same_bytes() -> None:
    assert poster_pdf([POSTER, LONGEST]) == poster_pdf([POSTER, LONGEST])
    assert poster_pdf([POSTER]) != poster_pdf([LONGEST])


def test_two_hundred_posters_each_carry_their_own_address() -> None:
    addresses = [f"https://hcc.vn/r/4WKXP{number}" for number in range(200, 400)]
    posters = [replace(POSTER, address=address, code=address[-8:]) for address in addresses]
    pdf = poster_pdf(posters, "a5")
    with opened(pdf) as document:
        assert len(document) == 200
    for index in (0, 57, 199):
        assert scanned(page_image(pdf, index)) == [addresses[index]]


def test_the_pdf_can_be_read_aloud() -> None:
    pdf = poster_pdf([POSTER])
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    with opened(pdf) as document:
        assert raw.FPDFCatalog_IsTagged(document)
        language = (raw.FPDF_WCHAR * 8)()
        raw.FPDFCatalog_GetLanguage(document, language, 16)
        assert "".join(map(chr, language)).rstrip("\0") == "vi"
        title = document.get_metadata_dict()["Title"]
    assert title == f"Áp phích khảo sát: {POSTER.unit_vi} – {POSTER.place_vi}"


def test_a_name_in_another_script_costs_the_claim_of_accessibility_and_nothing_else() -> None:
    pdf = poster_pdf([replace(POSTER, place_vi="中心 3", place_en=None)])
    assert b"pdfuaid" not in pdf
    assert f"{POSTER.unit_en} 3 Câu trả lời" in page_text(pdf)
    assert scanned(page_image(pdf)) == [SHORT]


def test_no_posters_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        poster_pdf([])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=400), st.text("aWị ", max_size=200), st.sampled_from(list(PAPERS)))
def test_any_names_make_one_sheet_with_its_code(unit: str, place: str, code: str, paper: Paper) -> None:
    poster = Poster(address=SHORT, code=code, unit_vi=unit, unit_en=place, place_vi=place, place_en=unit)
    pdf = poster_pdf([poster], paper)
    with opened(pdf) as document:
        assert len(document) == 1
    assert scanned(page_image(pdf)) == [SHORT]


def test_importing_posters_loads_nothing_heavy() -> None:
    before = "import sys, sipas; before = set(sys.modules); import sipas.survey.posters"
    program = f"{before}; print({{'qrcode', 'PIL', 'typst', 'matplotlib'}} & (set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"
