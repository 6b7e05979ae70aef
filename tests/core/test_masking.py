"""What is masked in free text, and what is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas.masking import EMAIL_MARK, NUMBER_MARK, mask


@pytest.mark.parametrize(
    "personal",
    [
        "0912345678", "0912 345 678", "0912.345.678", "091-234-5678", "+84912345678", "+84 912 345 678",
        "(+84) 912 345 678", "(0203) 3825 999", "0203 3825999", "022301001234", "0223 0100 1234", "100123456",
        "9704 3666 1234 5678", "84912345678", "12345678901234567890123",
    ],
)  # fmt: skip
def test_numbers_that_lead_to_a_person_are_masked(personal: str) -> None:
    assert mask(f"Xin gọi {personal} nhé") == f"Xin gọi {NUMBER_MARK} nhé"


def test_a_number_written_against_a_word_is_masked() -> None:
    assert mask("sđt0912345678") == f"sđt{NUMBER_MARK}"


@pytest.mark.parametrize("personal", ["an.nguyen@gmail.com", "an@mail.quangninh.gov.vn", "an+1@x.vn", "an @gmail.com"])
def test_addresses_are_masked(personal: str) -> None:
    assert mask(f"Gửi {personal}, cảm ơn") == f"Gửi {EMAIL_MARK}, cảm ơn"


@pytest.mark.parametrize(
    "harmless",
    ["Chờ 2 giờ 30 phút", "Ngày 14/09/2026 tôi đến", "14-9-2026", "2026-09-14", "Phí 50.000 đồng", "Quầy 3, 4, 5", "",
     "Nghị định 61/2018", "5/5"],
)  # fmt: skip
def test_dates_fees_and_counters_stay(harmless: str) -> None:
    assert mask(harmless) == harmless


@given(st.text(max_size=300))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(st.sampled_from("0123456789 .-abđ+()"), max_size=200))
def test_masking_never_leaves_eight_digits_in_a_row(text: str) -> None:
    digits = "".join(character if character.isdigit() else " " for character in mask(text))
    assert all(len(run) < 8 for run in digits.split())
