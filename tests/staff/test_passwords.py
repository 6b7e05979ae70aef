"""Passwords that are easy to guess are refused; those that are made up or made of unrelated words are not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas import demo
from sipas.staff import passwords
from tests.conftest import PASSWORD


@pytest.mark.parametrize(
    "password",
    [
        "password123", "1234567890", "qwertyuiop", "quangninh2026", "Quảng Ninh 2026", "HạLong@2026", "matkhau123456",
        "mật khẩu của tôi", "sipas-sipas-1", "an.pham2026", "Phạm Văn An", "anpham@test.example", "aaaaaaaaaaaaaaaa",
        "administrator1", "abcabcabcabc",
    ],
)  # fmt: skip
def test_what_an_attacker_tries_first_is_refused(password: str) -> None:
    with pytest.raises(passwords.PasswordEasy):
        passwords.check(password, "an.pham@test.example", "Phạm Văn An")


@pytest.mark.parametrize("password", [PASSWORD, "hoàng hôn trên vịnh xanh", "lotus-drum-seven-boats", "x7#Kq2!vPz"])
def test_unrelated_words_and_random_signs_pass(password: str) -> None:
    passwords.check(password, "an.pham@test.example", "Phạm Văn An")


def test_those_of_the_demo_and_all_made_up_ones_pass() -> None:
    for _, email, password in demo.ACCOUNTS:
        passwords.check(password, email)
    for _ in range(50):
        passwords.check(passwords.made_up(), "manager@test.example")


@given(
    st.text(max_size=passwords.LENGTH - 1).map(lambda text: unicodedata.normalize("NFC", text)[: passwords.LENGTH - 1])
)
def test_what_is_too_short_is_refused_whatever_it_is(password: str) -> None:
    with pytest.raises(passwords.PasswordTooShort):
        passwords.check(password)


@settings(max_examples=25)
@given(st.from_regex(r"[a-z]{5,12} [a-z]{5,12}", fullmatch=True))
def test_nobody_takes_the_own_name_with_or_without_its_gap(name: str) -> None:
    for password in (name, name.replace(" ", ""), name.title(), name.replace(" ", ".") + "1"):
        with pytest.raises(passwords.PasswordEasy):
            passwords.check(password.ljust(passwords.LENGTH, "1"), "someone@test.example", name)


@given(st.text())
def test_a_password_has_one_normal_form(password: str) -> None:
    composed = unicodedata.normalize("NFC", password)
    assert passwords.normal(composed) == passwords.normal(unicodedata.normalize("NFD", password))
