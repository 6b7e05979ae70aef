"""The commands for what the scheduler does: `bin/sipas alerts`, `digests` and `letters …`."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from sipas.catalogue import lookups
from sipas.core import smtp
from sipas.core.errors import NotFound
from sipas.core.languages import LANGUAGES
from sipas.core.settings import Settings
from sipas.letters import alert_rules, alert_words, alerts, delivery, digests, outbox
from sipas.letters.digests import RHYTHMS
from sipas.numbers import periods
from sipas.run import scheduler

_LANGUAGE = click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True)


@click.command("alerts")
@click.option("--unit", help="Print only those of this unit and the units below it.")
@_LANGUAGE
@with_appcontext
def looking(unit: str | None, language: str) -> None:
    """Look for alerts now, at whatever hour, and print those that last: unit, kind and words, tabs between."""
    chosen: Settings = current_app.config["SIPAS"]
    try:
        shown = lookups.unit(unit) if unit else lookups.province()
    except NotFound as error:
        raise click.ClickException(f"no unit has the code {error}") from error
    for settled in (alert_rules.look_daily(scheduler.last_closed_day()), alert_rules.look_now(chosen.zone)):
        click.echo(f"{settled.begun} begun, {settled.lasting} last, {settled.ended} ended", err=True)
    for one in alerts.open_for(shown):
        click.echo(f"{one.unit.code}\t{one.kind}\t{alert_words.sentence(one, language)}")


@click.command("digests")
@click.argument("rhythm", type=click.Choice(RHYTHMS))
@click.option("--unit", help="Print this unit's digest instead of queuing letters.")
@_LANGUAGE
@with_appcontext
def digesting(rhythm: digests.Rhythm, unit: str | None, language: str) -> None:
    """Queue the digests of the last week or month for all who want them; nobody gets one twice."""
    chosen: Settings = current_app.config["SIPAS"]
    period = digests.last(rhythm, scheduler.last_closed_day() + periods.ONE_DAY)
    if unit:
        try:
            found = digests.digest(lookups.unit(unit), period)
        except NotFound as error:
            raise click.ClickException(f"no unit has the code {error}") from error
        click.echo("\n\n".join(digests.written(found, rhythm, language, chosen.public_address)))
        return
    if not smtp.is_set_up():
        raise click.ClickException("there is no mail server: set SIPAS_MAIL_SERVER")
    queued = digests.queue_all(rhythm, period, chosen.zone, chosen.public_address)
    click.echo(f"{period}: {queued} letters queued")


letters = AppGroup("letters", help="Letters that wait for the mail server: list, send.")


@letters.command("list")
@click.option("--state", type=click.Choice(outbox.STATES), multiple=True, help="Only these; else all but sent ones.")
def list_letters(state: tuple[str, ...]) -> None:
    """Print id, state, tries, address and subject of each letter, tabs between, and what the server said."""
    wanted = state or tuple(one for one in outbox.STATES if one != "sent")
    for row in outbox.listed(wanted):
        click.echo(f"{row.id}\t{row.state}\t{row.tries}\t{row.address}\t{row.subject}\t{row.answer or '-'}")


@letters.command("send")
def send_letters() -> None:
    """Send what is due now; also to a server that was down and is being left alone."""
    if not smtp.is_set_up():
        raise click.ClickException("there is no mail server: set SIPAS_MAIL_SERVER")
    done = delivery.send_due(at_once=True)
    if done.why_ended:
        raise click.ClickException(f"{done.sent} sent, then the mail server took no more: {done.why_ended}")
    click.echo(f"{done.sent} sent")
