"""For administrators: letters that wait for the mail server, and those that only a person can decide on."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.core import smtp
from sipas.letters import delivery, outbox
from sipas.web.kit.language import lazy

pages = Blueprint("outbox", __name__, url_prefix="/admin/letters")

STATES = {
    "unclear": lazy("perhaps sent"),
    "given-up": lazy("given up"),
    "sending": lazy("on its way"),
    "waiting": lazy("waiting"),
    "sent": lazy("sent"),
    "left": lazy("left unsent"),
}
"""What the states of letters are called, those that want a decision first."""


@pages.get("")
def listed() -> str:
    """The letters that are not sent, and how many of each kind there are."""
    return render_template(
        "admin/letters.html",
        by_mail=smtp.is_set_up(),
        pause=delivery.paused(),
        numbers=outbox.numbers(),
        states=STATES,
        stuck=outbox.listed(delivery.STUCK),
        waiting=outbox.listed(("sending", "waiting")),
    )


@pages.post("/<int:letter_id>/again")
def again(letter_id: int) -> Response:
    """Send a letter again of which nobody knows whether it was sent, or which was given up."""
    outbox.with_id(letter_id)
    return _told(gettext("The letter will be sent again."), delivery.send_again(letter_id))


@pages.post("/<int:letter_id>/leave")
def leave(letter_id: int) -> Response:
    """Leave such a letter as it is."""
    outbox.with_id(letter_id)
    return _told(gettext("The letter is left as it is."), delivery.leave(letter_id))


def _told(done: str, is_done: bool) -> Response:
    flash(done if is_done else gettext("Nothing was changed: somebody had decided on this letter before."))
    return redirect(url_for("outbox.listed"), 303)
