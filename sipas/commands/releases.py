"""The commands of publication: `bin/sipas releases …`."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from sipas.core.errors import NotFound
from sipas.core.settings import Settings
from sipas.numbers import periods
from sipas.numbers.periods import PeriodWrong
from sipas.publishing import publication, releases
from sipas.publishing.publication import Interrupted, NothingToCorrect, NotPublishable
from sipas.publishing.releases import NOTE_LENGTH, Release
from sipas.reporting import reports

publishing = AppGroup("releases", help="What the province published: list, publish, correct, verify.")

INTERRUPTED = "somebody else published at the same moment; nothing was kept"


@publishing.command("list")
def list_releases() -> None:
    """Print period, number, edition, day, responses and SHA-256 of each edition, tabs between."""
    for shelf in releases.shelves():
        for one in shelf.editions:
            _print(one)


@publishing.command("publish")
@click.argument("period")
def publish_period(period: str) -> None:
    """Publish a finished month, quarter or year, such as 2026-Q3; from then on it stays as it is."""
    chosen: Settings = current_app.config["SIPAS"]
    today = reports.today(chosen.zone)
    try:
        asked = periods.parse(period)
        _print(publication.publish(asked, reports.last_closed_day(today, chosen.report_delay_days), today))
    except PeriodWrong as error:
        raise click.ClickException(f"{error} is no period such as 2026-Q3") from error
    except NotPublishable as error:
        about = error.args[0]
        what = f" (release {about.number}, {about.period})" if isinstance(about, Release) else ""
        raise click.ClickException(f"{period}: {_words(error)}{what}") from error
    except Interrupted as error:
        raise click.ClickException(INTERRUPTED) from error


def _words(error: NotPublishable) -> str:
    return {
        publication.NotFinished: "it has days that are still to come or have not closed",
        publication.NotWholeMonths: "only whole months, quarters and years are published",
        publication.PublishedBefore: "it was published already; what is wrong is put right by a correction",
        publication.CutsRelease: "it would hold a part of a release",
        publication.NothingToPublish: "no unit has ten answers in it",
    }[type(error)]


@publishing.command("correct")
@click.argument("number", type=int)
@click.argument("note")
@click.option("--english", default="", help="The same words for readers of the English pages.")
def correct_release(number: int, note: str, english: str) -> None:
    """Publish a new edition of a release without what was set aside since; NOTE tells everybody what changed."""
    chosen: Settings = current_app.config["SIPAS"]
    if not note.strip() or max(len(note), len(english)) > NOTE_LENGTH:
        raise click.ClickException(f"NOTE must say what changed, in at most {NOTE_LENGTH} characters")
    try:
        _print(publication.correct(number, note, reports.today(chosen.zone), english))
    except NotFound as error:
        raise click.ClickException(f"there is no release {error}") from error
    except NothingToCorrect as error:
        raise click.ClickException(
            f"nothing would change; {error.args[0]} responses set aside since are too few of any block"
        ) from error
    except Interrupted as error:
        raise click.ClickException(INTERRUPTED) from error


@publishing.command("verify")
@click.argument("number", type=int, required=False)
def verify_releases(number: int | None) -> None:
    """Make every edition again from the responses behind it; exit with 1 where one is not the same to the last byte."""
    differing = 0
    for shelf in releases.shelves():
        for one in shelf.editions if number in (None, shelf.newest.number) else ():
            is_same = publication.made_again(one) == releases.content(one)
            differing += not is_same
            click.echo(f"{one.number}\t{one.edition}\t{one.period}\t{'same' if is_same else 'DIFFERENT'}")
    if differing:
        raise SystemExit(1)


def _print(one: Release) -> None:
    click.echo(f"{one.period}\t{one.number}\t{one.edition}\t{one.published_on}\t{one.responses}\t{one.sha256}")
