# ruff: noqa: ANN401 - what stands here takes and gives what Flask-Security's forms and views do
"""The forms of signing in, with their limits, and what is put around Flask-Security's pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Flask, Response, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_security import ChangePasswordForm, ForgotPasswordForm, LoginForm, MailUtil, PasswordUtil, Totp
from flask_security.forms import TwoFactorRescueForm, TwoFactorSetupForm, TwoFactorVerifyCodeForm, VerifyForm
from flask_security.recovery_codes import MfRecoveryForm
from flask_security.utils import validate_redirect_url
from passlib.exc import UsedTokenError  # type: ignore[import-untyped]
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older

from sipas.core import smtp
from sipas.staff import accounts, attempts, passwords
from sipas.staff.attempts import Attempts, Count
from sipas.web.kit import account_letters
from sipas.web.kit.access import current_user
from sipas.web.kit.language import lazy
from sipas.web.signing_in import events, known_devices


def counted() -> Attempts:
    """The failed attempts of this process."""
    return cast("Attempts", current_app.extensions["sipas.attempts"])


def _counts(typed: str, of: Callable[[str, str | None], Count]) -> list[Count]:
    """What an attempt counts for: a known device's own count, or that of all others and that of the address."""
    account = _account(typed)
    device = known_devices.known(account)
    address = None if device else _address()
    return [of(account, device), *([attempts.of_address(address)] if address else [])]


def _account(typed: str) -> str:
    """Whose address was typed, as accounts keep it; wide letters would make another of it each time."""
    try:
        return accounts.tidy_email(typed)
    except accounts.EmailWrong:
        return typed


def _address() -> str | None:
    """Where a request comes from; behind a web server on this machine, what that server says."""
    address = request.remote_addr or ""
    if address in ("127.0.0.1", "::1"):
        address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        attempts.of_address(address)
    except ValueError:
        return None
    return address


class SignInForm(LoginForm):
    """Address and password; guessing is slowed down before a password is looked at."""

    remember = None  # type: ignore[assignment]

    def validate_next(self, field: Any) -> None:
        """A way that leads elsewhere is left out; whoever made it up gains nothing, and who signs in loses nothing."""
        if field.data and not validate_redirect_url(field.data):
            field.data = ""

    def validate(self, extra_validators: Any = None, **options: Any) -> bool:
        """Raises attempts.TooMany."""
        is_filled = bool(self.email.data and self.password.data)
        counts = _counts(str(self.email.data), attempts.of_account) if is_filled else []
        counted().admit(*counts)
        password = str(self.password.data or "")
        if super().validate(extra_validators=extra_validators, **options):
            owner = cast("accounts.User", self.user)
            session["password_is_easy"] = passwords.is_easy(password, owner.email, owner.name)
            return True
        if is_filled:
            counted().failed(*counts)
            events.refuse(cast("accounts.User | None", self.user), "password")
        return False


class _Guarded:
    """A form whose wrong answers count for the account that it is about."""

    def validate(self, extra_validators: Any = None, **options: Any) -> bool:
        """Raises attempts.TooMany."""
        owner = cast("accounts.User", self.user)  # type: ignore[attr-defined]
        counts = _counts(owner.email, attempts.of_code)
        counted().admit(*counts)
        if super().validate(extra_validators=extra_validators, **options):  # type: ignore[misc]
            return True
        counted().failed(*counts)
        events.refuse(owner, type(self).__name__.removesuffix("Form").lower())
        return False


class SecondStepForm(_Guarded, TwoFactorVerifyCodeForm):
    """The phone's code."""


class RecoveryForm(_Guarded, MfRecoveryForm):
    """A recovery code in the phone's place."""

    def validate(self, extra_validators: Any = None, **options: Any) -> bool:
        """Typed in capitals or with blanks, it is the same code. Raises attempts.TooMany."""
        self.code.data = (self.code.data or "").strip().lower().replace(" ", "-")
        return super().validate(extra_validators=extra_validators, **options)


class SetUpForm(TwoFactorSetupForm):
    """The one way to have a second step."""

    setup = RadioField(choices=[SelectChoice("authenticator")], validate_choice=False)


class HelpForm(TwoFactorRescueForm):
    """What Flask-Security makes beside the code; our page has links instead."""

    help_setup = RadioField(choices=[SelectChoice("help")], validate_choice=False)


class PasswordAgainForm(_Guarded, VerifyForm):
    """The password of who is signed in already."""


class NewPasswordForm(ChangePasswordForm):
    """The password of before, and the new one twice."""

    def validate(self, extra_validators: Any = None, **options: Any) -> bool:
        """Raises attempts.TooMany."""
        counts = _counts(current_user.email, attempts.of_code)
        counted().admit(*counts)
        passed = super().validate(extra_validators=extra_validators, **options)
        if self.password.errors:
            counted().failed(*counts)
        return passed


class ForgottenForm(ForgotPasswordForm):
    """An address; how many letters it may ask for is limited, whether or not somebody has it."""

    def validate(self, extra_validators: Any = None, **options: Any) -> bool:
        """Raises attempts.TooMany or mail.MailDown."""
        count = attempts.of_letters(_account(str(self.email.data or "")))
        counted().admit(count)
        counted().failed(count)
        smtp.reach()
        return super().validate(extra_validators=extra_validators, **options)


class Codes(Totp):
    """The phone's codes; each works once."""

    def get_last_counter(self, user: Any) -> int | None:
        """Flask-Security asks which code was used last."""
        return cast("int | None", user.tf_last_counter)

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Flask-Security says which. Raises UsedTokenError, which it takes for a wrong code."""
        if not accounts.use_up(user, tmatch.counter):
            raise UsedTokenError


class Passwords(PasswordUtil):
    """Which passwords may be chosen."""

    def validate(self, password: str, is_register: bool, **known: Any) -> tuple[list[str] | None, str]:
        """The faults, if any, and the password as it is hashed."""
        owner = known.get("user")
        try:
            passwords.check(password, getattr(owner, "email", None), getattr(owner, "name", None))
        except (passwords.PasswordTooShort, passwords.PasswordTooLong, passwords.PasswordEasy) as error:
            return [str(PASSWORD_FAULTS[type(error)])], passwords.normal(password)
        return None, passwords.normal(password)


PASSWORD_FAULTS = {
    passwords.PasswordTooShort: lazy("Please take at least %(length)s characters.", length=passwords.LENGTH),
    passwords.PasswordTooLong: lazy("Please take at most %(length)s characters.", length=passwords.MOST),
    passwords.PasswordEasy: lazy(
        "This password is easy to guess. Take three or four words that have nothing to do with each other or with you."
    ),
}


class Post(MailUtil):
    """Flask-Security's letters, in our words; how long a page takes says nothing of whether one was sent."""

    def send_mail(self, template: str, subject: str, recipient: Any, *_: Any, **known: Any) -> None:
        """Send what Flask-Security's template stands for."""
        write = account_letters.forgotten if template.endswith("reset_instructions") else account_letters.changed
        if smtp.is_set_up():
            user = known["user"]
            smtp.send_soon(write(getattr(user, "_get_current_object", lambda: user)()))


PARTS: dict[str, Any] = {
    "login_form": SignInForm,
    "two_factor_setup_form": SetUpForm,
    "two_factor_rescue_form": HelpForm,
    "two_factor_verify_code_form": SecondStepForm,
    "mf_recovery_form": RecoveryForm,
    "verify_form": PasswordAgainForm,
    "change_password_form": NewPasswordForm,
    "forgot_password_form": ForgottenForm,
    "totp_cls": Codes,
    "password_util_cls": Passwords,
    "mail_util_cls": Post,
}
"""What of ours stands in place of Flask-Security's."""

View = Callable[..., Any]


def put_around_views(app: Flask) -> None:
    """Flask-Security's views, with a status and words where they say nothing."""
    for endpoint, around in (
        ("login", _faulty_is_422),
        ("change_password", _faulty_is_422),
        ("verify", _faulty_is_422),
        ("mf_recovery", _faulty_is_422),
        ("mf_recovery", _lost_way),
        ("two_factor_token_validation", _faulty_is_422),
        ("two_factor_token_validation", _lost_way),
        ("two_factor_token_validation", _only_while_signing_in),
        ("two_factor_setup", _lost_way),
        ("tf_select", _lost_way),
        ("two_factor_setup_validate", _wrong_code),
        ("two_factor_rescue", lambda _: lambda: redirect(url_for("security.mf_recovery"))),
        ("reset_password", _faulty_is_422),
        ("reset_password", _old_link),
        ("forgot_password", _without_mail),
    ):
        name = f"security.{endpoint}"
        app.view_functions[name] = around(app.view_functions[name])


def _faulty_is_422(view: View) -> View:
    """A form that comes back is no success."""

    def answered(**options: Any) -> Any:
        answer = view(**options)
        return (answer, 422) if isinstance(answer, str) and request.method == "POST" else answer

    return answered


def _is_way_to(answer: object, endpoint: str) -> bool:
    return isinstance(answer, Response) and answer.headers.get("Location") == url_for(endpoint)


def _lost_way(view: View) -> View:
    """Who comes to the second step without the first begins with the first, and is told so."""

    def answered(**options: Any) -> Any:
        answer = view(**options)
        if _is_way_to(answer, "security.login"):
            flash(gettext("Please sign in first."))
        return answer

    return answered


def _only_while_signing_in(view: View) -> View:
    """Flask-Security would sign out who opens this page when signed in: any link could do that."""

    def answered(**options: Any) -> Any:
        return redirect(url_for("account.own")) if current_user.is_authenticated else view(**options)

    return answered


def _old_link(view: View) -> View:
    def answered(**options: Any) -> Any:
        answer = view(**options)
        if _is_way_to(answer, "security.forgot_password"):
            flash(gettext("This link was used already or is older than three days. Please ask for a new one."))
        return answer

    return answered


def _wrong_code(view: View) -> View:
    def answered(**options: Any) -> Any:
        answer = view(**options)
        if _is_way_to(answer, "security.two_factor_setup"):
            flash(gettext("This code was wrong, or it took too long. Please begin again."))
        return answer

    return answered


def _without_mail(view: View) -> View:
    """Without a mail server only an administrator can help."""

    def answered(**options: Any) -> Any:
        if not smtp.is_set_up():
            return render_template("signing_in/forgotten.html", forgot_password_form=None)
        return view(**options)

    return answered
