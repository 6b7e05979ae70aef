"""For administrators: accounts of staff."""

from __future__ import annotations

from base64 import b64encode

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.core import audit, smtp
from sipas.core.db import db, writing
from sipas.core.edit_conflicts import ChangedMeanwhile, fingerprint, values_of
from sipas.core.errors import NotFound
from sipas.staff import accounts, administration, sessions
from sipas.staff.accounts import ROLES, User
from sipas.staff.administration import LastAdministrator
from sipas.survey import posters
from sipas.web.kit import account_letters, role_names
from sipas.web.kit.access import current_user
from sipas.web.kit.filters import in_own_language
from sipas.web.kit.forms import StaffForm, choice, line
from sipas.web.kit.language import lazy

pages = Blueprint("accounts", __name__, url_prefix="/admin/users")

LAST = lazy("This is the last account that administers the whole. Let another one do so first.")
EDITED = ("name", "role", "unit_id")


class UserForm(StaffForm):
    """Whom an account is for, what for, and for which unit."""

    name = line(lazy("Name"), 120, needed=False)
    role = choice(lazy("Role"))
    unit = choice(lazy("Unit"))

    def offer(self) -> None:
        """Let her choose among the roles, and the units of the asker's own subtree."""
        self.role.choices = list(role_names.NAMES.items())
        self.unit.choices = [(one.code, in_own_language(one)) for one in units()]

    @property
    def chosen(self) -> Unit:
        """The chosen unit, which is one of those offered."""
        return lookups.within(current_user.root.id, self.unit.data)


class InvitationForm(UserForm):
    """The same, with the address."""

    email = line(lazy("E-mail address"), 255)


def units() -> list[Unit]:
    """The units that accounts of the asker's scope can have, the own one first; none before any is loaded."""
    try:
        root = current_user.root
    except NotFound:
        return []
    below = lookups.units_in(lookups.subtree(root.id))
    return [root, *(one for one in below if one.id != root.id)]


@pages.get("")
def listed() -> str:
    """The accounts, narrowed by words, role and unit."""
    words, role, unit = (request.args.get(name, "") for name in ("words", "role", "unit"))
    unit_id = lookups.within(current_user.root.id, unit).id if unit else None
    found = administration.members(current_user, words, role if role in ROLES else "", unit_id)
    return render_template(
        "admin/accounts/listed.html",
        users=found,
        seen=sessions.last_seen([one.id for one in found]),
        units=units(),
        roles=role_names.NAMES,
        asked={"words": words, "role": role, "unit": unit},
    )


@pages.get("/<int:user_id>")
def shown(user_id: int) -> str:
    """One account: what it may see, its sessions; a link that was just made, once."""
    user = administration.member(current_user, user_id)
    shown_for, link = session.pop("link", (None, ""))
    if shown_for != user.id:
        link = ""
    return render_template(
        "admin/accounts/shown.html",
        user=user,
        role=role_names.NAMES[user.role],
        sessions=sessions.of(user),
        link=link,
        link_qr=f"data:image/png;base64,{b64encode(posters.qr_png(link)).decode()}" if link else "",
        by_mail=smtp.is_set_up(),
    )


@pages.route("/new", methods=["GET", "POST"])
def new() -> str | tuple[str, int] | Response:
    """Make an account and invite its owner to choose a password."""
    form = InvitationForm()
    form.offer()
    if form.validate_on_submit():
        try:
            user = administration.invite(form.email.data or "", form.name.data, form.role.data, form.chosen)
        except accounts.EmailTaken:
            form.fault("email", gettext("This address has an account already."))
        except accounts.EmailWrong:
            form.fault("email", gettext("This is no e-mail address."))
        else:
            return _invited(user, by_mail=smtp.is_set_up())
    return render_template("admin/accounts/form.html", form=form, user=None), form.status


@pages.route("/<int:user_id>/edit", methods=["GET", "POST"])
def edit(user_id: int) -> str | tuple[str, int] | Response:
    """Give an account another name, role or unit."""
    user = administration.member(current_user, user_id)
    form = UserForm(data={"name": user.name, "role": user.role, "unit": (user.unit or current_user.root).code})
    form.offer()
    form.opened_on(values_of(user, EDITED))
    if form.validate_on_submit():
        values = {"name": form.name.data, "role": form.role.data, "unit_id": form.chosen.id}
        try:
            administration.change(user, values, form.seen.data or "")
        except ChangedMeanwhile as conflict:
            _tell(form, conflict)
        except LastAdministrator:
            form.fault("role", str(LAST))
        else:
            flash(gettext("The account is changed."))
            return _to(user)
    return render_template("admin/accounts/form.html", form=form, user=user), form.status


def _tell(form: UserForm, conflict: ChangedMeanwhile) -> None:
    """The form shows a unit's code where the row holds its id."""
    unit = db.session.get(Unit, conflict.now["unit_id"] or 0)
    form.tell(
        ChangedMeanwhile({"name": conflict.now["name"], "role": conflict.now["role"], "unit": unit and unit.code})
    )
    form.seen.data = fingerprint(conflict.now)


@pages.post("/<int:user_id>/invite")
def invite_again(user_id: int) -> Response:
    """Send the invitation anew, or show its link."""
    user = administration.member(current_user, user_id)
    return _invited(user, by_mail="print" not in request.form and smtp.is_set_up())


@pages.post("/<int:user_id>/deactivate")
def deactivate(user_id: int) -> Response:
    """Let somebody in no more."""
    user = administration.member(current_user, user_id)
    try:
        administration.deactivate(user)
    except LastAdministrator:
        flash(str(LAST))
    else:
        flash(gettext("%(email)s cannot sign in any more.", email=user.email))
    return _to(user)


@pages.post("/<int:user_id>/reactivate")
def reactivate(user_id: int) -> Response:
    """Let somebody in again."""
    user = administration.member(current_user, user_id)
    administration.reactivate(user)
    flash(gettext("%(email)s can sign in again.", email=user.email))
    return _to(user)


@pages.post("/<int:user_id>/end-sessions")
def end_sessions(user_id: int) -> Response:
    """Sign somebody out everywhere."""
    user = administration.member(current_user, user_id)
    administration.end_sessions(user)
    flash(gettext("%(email)s is signed out everywhere.", email=user.email))
    return _to(user)


@pages.post("/<int:user_id>/forget-second-step")
def forget_second_step(user_id: int) -> Response:
    """Let somebody who lost the phone set up the second step anew."""
    user = administration.member(current_user, user_id)
    administration.forget_second_step(user)
    flash(gettext("The second step of %(email)s is removed; it can be set up anew after signing in.", email=user.email))
    return _to(user)


def _invited(user: User, *, by_mail: bool) -> Response:
    """Hand the link over: by mail, or on the next page, once."""
    if not user.active:
        flash(gettext("This account is switched off. Switch it on first."))
        return _to(user)
    with writing():
        audit.note("account.invited", user.email, user.unit_id, after={"by": "mail" if by_mail else "link"})
    if by_mail and _posted(user):
        flash(gettext("The invitation was sent to %(email)s.", email=user.email))
    else:
        session["link"] = (user.id, account_letters.password_link(user))
    return _to(user)


def _posted(user: User) -> bool:
    try:
        smtp.send(account_letters.invitation(user))
    except smtp.MailDown:
        flash(gettext("The mail server takes no letters now. Hand over the link below instead, or try again later."))
        return False
    return True


def _to(user: User) -> Response:
    return redirect(url_for("accounts.shown", user_id=user.id), 303)
