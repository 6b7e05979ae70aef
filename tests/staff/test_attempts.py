"""Failed attempts: counted for an account, a device, an address; each waits for itself alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas.staff import attempts, browser_names
from sipas.staff.attempts import Attempts, TooManyAttempts


def fill(counted: Attempts, count: attempts.Count) -> None:
    for _ in range(5):
        counted.admit(count)
        counted.failed(count)


def test_five_failures_a_minute_then_one_waits() -> None:
    counted = Attempts()
    fill(counted, attempts.of_account("an@test.example", None))
    with pytest.raises(TooManyAttempts) as told:
        counted.admit(attempts.of_account(" An@Test.example", None))
    assert 1 <= told.value.seconds <= 60


@given(st.emails(), st.emails(), st.text(min_size=1))
def test_a_full_count_holds_up_no_other_account_and_no_known_device(one: str, other: str, device: str) -> None:
    counted = Attempts()
    fill(counted, attempts.of_account(one, None))
    counted.admit(attempts.of_account(one, device))
    counted.admit(attempts.of_code(one, None))
    if one.strip().lower() != other.strip().lower():
        counted.admit(attempts.of_account(other, None))


def test_a_household_of_addresses_is_one_and_a_wrong_one_is_refused() -> None:
    assert attempts.of_address("2001:db8::1") == attempts.of_address("2001:db8::ffff:2")
    assert attempts.of_address("203.0.113.1") != attempts.of_address("203.0.113.2")
    with pytest.raises(ValueError, match="address"):
        attempts.of_address("unknown")


@given(st.text(max_size=40))
def test_no_count_keeps_what_was_typed(account: str) -> None:
    name = attempts.of_account(account, None).name
    assert len(name) == 64
    assert not set(name) - set("0123456789abcdef")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 coc_coc_browser/130 Chrome/124 Safari", "Cốc Cốc · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 Chrome/130.0 Safari", "Samsung Internet · Android"),
        ("", "–"),
    ],
)
def test_browsers_are_called_what_people_call_them(agent: str, name: str) -> None:
    assert browser_names.named(agent) == name
