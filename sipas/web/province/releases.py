"""Publication: staff of the province see what was published; those who may look at what would be, and publish it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from sipas.catalogue import lookups
from sipas.core import formats
from sipas.numbers import periods
from sipas.numbers.periods import Period, PeriodWrong
from sipas.publishing import publication, release_views, releases
from sipas.publishing.publication import (
    CutsRelease,
    Interrupted,
    NotFinished,
    NothingToCorrect,
    NothingToPublish,
    NotPublishable,
    NotWholeMonths,
    PublishedBefore,
)
from sipas.publishing.releases import NOTE_LENGTH
from sipas.responses import tally_reads
from sipas.web.kit import audit_words, here, report_address
from sipas.web.kit.filters import opening
from sipas.web.kit.forms import StaffForm, text
from sipas.web.kit.language import language, lazy

pages = Blueprint("releases", __name__, url_prefix="/province/releases")

Answer = Response | str | tuple[str, int]

MONTHS_OFFERED, QUARTERS_OFFERED, YEARS_OFFERED = 12, 8, 3


class _PublishForm(StaffForm):
    """Nothing but the token: what is published stands in the address."""


class _CorrectionForm(StaffForm):
    note = text(lazy("What changed, in words that anyone understands"), NOTE_LENGTH)
    note_en = text(lazy("The same in English"), NOTE_LENGTH, needed=False)


@pages.get("")
def listed() -> Answer:
    """All releases with their editions, and the periods that may be published next."""
    return render_template(
        "province/releases.html", shelves=releases.shelves(), offered=_offered(), who=audit_words.who
    )


def _offered() -> list[tuple[str, list[Period]]]:
    """Finished periods that no release has or cuts, the latest first, by kind."""
    last_day = here.last_closed_day()
    kinds = (
        (gettext("Quarters"), periods.quarter_of(last_day), QUARTERS_OFFERED),
        (gettext("Months"), periods.month_of(last_day), MONTHS_OFFERED),
        (gettext("Years"), periods.year_of(last_day), YEARS_OFFERED),
    )
    return [(name, found) for name, latest, number in kinds if (found := _publishable(latest, number))]


def _publishable(latest: Period, number: int) -> list[Period]:
    """Of so many periods up to the latest those that can be published, none from before the first response."""
    found, period, first = [], latest, tally_reads.first_month(lookups.province().id)
    while number and first and period.end > first:
        try:
            publication.check(period, here.last_closed_day())
            found.append(period)
        except NotPublishable:
            pass
        period, number = period.previous(), number - 1
    return found


@pages.route("/new", methods=["GET", "POST"])
def publish() -> Answer:
    """What would be published of a period; sent, it is."""
    try:
        period = report_address.period()
    except PeriodWrong as error:
        abort(400, f"period={error}")
    form = _PublishForm()
    try:
        if form.validate_on_submit():
            release = publication.publish(period, here.last_closed_day(), here.today())
            flash(gettext("Published. From now on these figures stay as they are."))
            return redirect(url_for("releases.shown", number=release.number), 303)
        document = publication.preview(period, here.last_closed_day(), here.today())
    except (NotPublishable, Interrupted) as error:
        flash(_refused(error))
        return redirect(url_for("releases.listed"), 303)
    shown = release_views.of_document(document)
    return render_template("province/release_new.html", form=form, period=period, shown=shown)


def _refused(error: NotPublishable | Interrupted) -> str:
    """Why a period is not published, and what to do."""
    (about,) = error.args or (None,)
    if isinstance(error, Interrupted):
        return gettext("Somebody else published at the same moment. Nothing was kept of this; please look again.")
    if isinstance(error, PublishedBefore | CutsRelease):
        period = formats.period(about.period, language())
        if isinstance(error, PublishedBefore):
            return gettext(
                "%(period)s was published already. What was wrong in it is put right by a correction.",
                period=opening(period),
            )
        return gettext("This would hold a part of %(period)s, which was published as a whole.", period=period)
    words = {
        NotFinished: gettext("This period has days that are still to come or have not closed."),
        NotWholeMonths: gettext("Only whole months, quarters and years are published."),
        NothingToPublish: gettext("No unit has ten answers in this period: there is nothing to publish yet."),
    }
    return words[type(error)]


@pages.get("/<int:number>")
def shown(number: int) -> Answer:
    """A release: its editions, what each changed, files and hash."""
    release = releases.one(number)
    (shelf,) = (one for one in releases.shelves() if one.newest.number == number)
    return render_template(
        "province/release.html",
        shelf=shelf,
        shown=release_views.edition(release),
        who=audit_words.who,
        form=_PublishForm(),
    )


@pages.post("/<int:number>/<int:edition>/compare")
def compare(number: int, edition: int) -> Answer:
    """Make an edition again from the responses behind it, and say whether it is the same to the last byte."""
    release = releases.one(number, edition)
    if publication.made_again(release) == releases.content(release):
        flash(gettext("Made again from the responses behind it: the same to the last byte."))
    else:
        flash(
            gettext("Made again, it is NOT the same. Please tell the operator: the responses or the program changed.")
        )
    return redirect(url_for("releases.shown", number=number), 303)


@pages.route("/<int:number>/correct", methods=["GET", "POST"])
def correct(number: int) -> Answer:
    """Publish a new edition that leaves out what was set aside since, and says what changed."""
    release, form = releases.one(number), _CorrectionForm()
    if form.validate_on_submit():
        try:
            made = publication.correct(number, form.note.data or "", here.today(), form.note_en.data or "")
        except NothingToCorrect as error:
            form.fault("note", _held_back(error.args[0]))
        except Interrupted as error:
            flash(_refused(error))
            return redirect(url_for("releases.shown", number=number), 303)
        else:
            flash(
                gettext("Edition %(edition)s is published. Earlier editions can still be read.", edition=made.edition)
            )
            return redirect(url_for("releases.shown", number=number), 303)
    return render_template("province/release_correct.html", form=form, release=release), form.status


def _held_back(number: int) -> str:
    if not number:
        return gettext("Nothing was set aside since: a new edition would say what this one says.")
    return ngettext(
        "%(num)s response was set aside since, too few to take out of a published block of people: "
        "it would show how it rated. It will be left out once ten of a block are.",
        "%(num)s responses were set aside since, too few to take out of any published block of people: "
        "it would show how they rated. They will be left out once ten of a block are.",
        number,
    )
