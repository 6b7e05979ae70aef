"""What is masked in free text, and what is left."""

from __future__ import annotations

import csv
import re
import unicodedata
from time import perf_counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipas.catalogue.questionnaires import COMMENT_LENGTH
from sipas.core.masking import (
    CARD_MARK,
    DOSSIER_MARK,
    EMAIL_MARK,
    LINK_MARK,
    MARKS,
    NUMBER_MARK,
    PAPER_MARK,
    PHONE_MARK,
    is_masked,
    mask,
)
from sipas.run.installation import SAMPLE


@pytest.mark.parametrize(
    ("personal", "mark"),
    [(one, PHONE_MARK) for one in (
        "0912345678", "0912 345 678", "0912.345.678", "091-234-5678", "+84912345678", "+84 912 345 678",
        "+84 912-345-678", "(+84) 912 345 678", "(0203) 3825 999", "0203 3825999", "84912345678", "0084 912345678",
        "0 9 1 2 3 4 5 6 7 8", "０９１２３４５６７８", "٠٩١٢٣٤٥٦٧٨", "09\u200b12\u200b34\u200b56\u200b78",
        "0\ufe0f\u20e39\ufe0f\u20e312345678", "o912345678", "O9l2345678".replace("l", "1"), "091o 345 678",
        "0912–345–678", "0912_345_678", "0912\u00a0345\u00a0678", "0912\n345678", "0912345678 - 0987654321",
        "không chín một hai ba bốn năm sáu bảy tám", "khong chin mot hai 345678",
    )]
    + [(one, PAPER_MARK) for one in ("022301001234", "0223 0100 1234", "100123456", "100 123 456", "C1234567")]
    + [(one, CARD_MARK) for one in ("9704 3666 1234 5678", "9704366612345678901", "4111-1111-1111-1111")]
    + [(one, DOSSIER_MARK) for one in (
        "000.00.01.H49-260915-0001", "H49.22.18-260915-0007", "h49.22.18 - 260915 - 0007", "H49.22.18–260915–0007",
    )]
    + [(one, LINK_MARK) for one in (
        "https://facebook.com/nguyen.van.an", "http://x.y/z?q=1", "www.abc.vn", "facebook.com/an", "zalo.me/0912345678",
    )]
    + [(one, NUMBER_MARK) for one in ("912345678", "12345678901234567890123", "12345678")],
)  # fmt: skip
def test_what_leads_to_a_person_is_masked_and_called_by_what_it_is(personal: str, mark: str) -> None:
    assert mask(f"Xin ghi {personal} nhé") == f"Xin ghi {mark} nhé"


@pytest.mark.parametrize(
    "personal",
    ["an.nguyen@gmail.com", "an@mail.quangninh.gov.vn", "an+1@x.vn", "an @gmail.com", "an a còng gmail chấm com",
     "an[at]gmail.com", "an (at) gmail.com", "an＠gmail．com", "an@gmail"],
)  # fmt: skip
def test_addresses_are_masked(personal: str) -> None:
    assert mask(f"Gửi {personal}, cảm ơn") == f"Gửi {EMAIL_MARK}, cảm ơn"


def test_words_before_a_number_say_what_it_is() -> None:
    assert mask("sđt0912345678") == f"sđt{PHONE_MARK}"
    assert mask("Zalo: 912345678") == f"Zalo: {PHONE_MARK}"
    assert mask("CMND 912345678") == f"CMND {PAPER_MARK}"


@pytest.mark.parametrize(
    "harmless",
    ["Chờ 2 giờ 30 phút", "Ngày 14/09/2026 tôi đến", "14-9-2026", "2026-09-14", "14.09.2026", "Phí 50.000 đồng",
     "Quầy 3, 4, 5", "", "Nghị định 61/2018", "5/5", "mất 2.000.000 đồng", "500000đ", "12.500.000 đ", "8h30 - 11h30",
     "Từ 14/09/2026 - 16/09/2026", "lúc 8:30 14/09/2026", "8 giờ 14/09/2026 quầy 5", "giảm 15%", "120 000 000 VND"[:7],
     "năm 2025-2026", "Tổng đài 1900 1009", "từ 2.000.000 - 3.000.000 đồng", "thủ tục 1.001193.000.00.00.H42",
     "số 12 đường Lê Lợi, tổ 5, khu 3", "một hai ba lần", "trang dichvucong.gov.vn bị lỗi", "100000000 đồng",
     "Nộp ngày 3/9/2026 đến 17/9/2026 chưa có", "từ 7.30-11.30 13.30-17.00", "các năm 2024 2025 2026",
     "12 500 000 đồng",
     "lệ phí 1.500.000đ/hồ sơ", "thửa 123, tờ bản đồ số 45, 1200 m2", "50.000 - 100.000 đồng", "QĐ 766/QĐ-TTg, NĐ 61",
     "Quầy 3 chờ 45 phút, ngày 3 tháng 9 năm 2026", "TP.Hạ Long, P.Hồng Gai"],
)  # fmt: skip
def test_dates_fees_times_and_counters_stay(harmless: str) -> None:
    assert mask(harmless) == harmless
    assert is_masked(harmless)


def test_sums_of_money_are_told_from_numbers_by_the_word_behind_them() -> None:
    assert mask("100.123.456 đồng") == "100.123.456 đồng"
    assert mask("100.123.456 đồng chí An") == f"{PAPER_MARK} đồng chí An"


def test_ordinary_comments_stay_as_they_are() -> None:
    with (SAMPLE / "demo_comments.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    assert len(texts) > 90
    changed = {mask(one) for one in texts if mask(one) != one}
    assert len(changed) == 4  # in these the demo's citizens leave a number or an address, to show what becomes of it
    assert all(any(mark in one for mark in MARKS) and not re.search(r"\d{4}|@", one) for one in changed)


PHONES = st.from_regex(r"0[35789]\d{8}|02\d{9}|84[35789]\d{8}", fullmatch=True, alphabet="0123456789")
PAPERS = st.from_regex(r"0\d{11}|[12]\d{8}|9704\d{12}", fullmatch=True, alphabet="0123456789")
SEPARATORS = st.sampled_from(["", " ", ".", "-", " - ", "–", "\u00a0", "\u200b", " \u200d", "_"])
SCRIPTS = st.sampled_from(["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"])


@given(PHONES | PAPERS, SEPARATORS, st.sets(st.integers(1, 18), max_size=18), SCRIPTS)
def test_no_digits_of_a_number_survive_however_it_is_cut(
    number: str, separator: str, cuts: set[int], script: str
) -> None:
    written = "".join((separator if place in cuts else "") + script[int(digit)] for place, digit in enumerate(number))
    masked = mask(f"Gọi {written} nhé")
    assert not any(unicodedata.digit(one, None) is not None for one in masked)
    assert masked.removeprefix("Gọi ").removesuffix(" nhé") in MARKS


@given(st.text(max_size=300) | st.text(st.sampled_from("0123456789 .-abđo+()@/[]atcomvnHkhôngchín"), max_size=200))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(st.sampled_from("0123456789 .-abđ+()"), max_size=200))
@example("100000000đ")
@example("100123456đ")
def test_masking_never_leaves_nine_digits_in_a_row_but_of_a_round_sum_of_money(text: str) -> None:
    runs = re.findall(r"\d{9,}.{0,2}", mask(text))
    assert all(re.fullmatch(r"\d+000 ?đ.?|\d+000 ?-.?", run) for run in runs)


@given(st.text(st.sampled_from("ab.vn@c /:wmefbt0123456789C "), max_size=COMMENT_LENGTH))
def test_what_is_masked_still_fits_where_comments_are_kept(text: str) -> None:
    assert len(mask(text)) <= 2 * COMMENT_LENGTH


@pytest.mark.parametrize(
    "hostile",
    ["a" * 50, "1 " * 25, "a." * 25, "a@" * 25, "1-" * 25, "hai ba " * 7, "0.0." * 12, "H49.1" * 10, "www" * 17,
     "(+84)" * 10, "1/1/2026 " * 6, "a a còng " * 6, "[at]" * 12, "1.000" * 10],
)  # fmt: skip
def test_a_hostile_text_costs_no_more_than_its_length(hostile: str) -> None:
    """Ten times the text may take some forty times as long; what tries all ways would take a thousand times."""

    def seconds(text: str) -> float:
        begun = perf_counter()
        for _ in range(3):
            mask(text)
        return perf_counter() - begun

    seconds(hostile)
    short, long = (min(seconds(hostile * times) for _ in range(5)) for times in (1, 10))
    assert long < 40 * short + 0.001
