"""The commands: `bin/sipas …`; each prints what it did, or names what is wrong and changes nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, FlaskGroup, with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

from sipas.catalogue import lookups, touchpoints
from sipas.catalogue.models import Touchpoint
from sipas.catalogue.upserts import Imported
from sipas.commands.accounts import users
from sipas.commands.export import exporting
from sipas.commands.letters import digesting, letters, looking
from sipas.commands.releases import publishing
from sipas.commands.tokens import tokens
from sipas.core import audit, codes
from sipas.core.db import Unwritable
from sipas.core.errors import NotFound
from sipas.core.settings import ROOT, Settings, SettingsWrong
from sipas.files.table_reader import FileFaulty
from sipas.imports import catalogue
from sipas.reporting import reports
from sipas.responses import recount
from sipas.survey import posters, traffic


def offer(app: Flask) -> None:
    """Make the commands known to the application."""
    everyday = (importing, exporting, recounting, hung, publishing)
    for command in (*everyday, users, tokens, looking, digesting, letters):
        app.cli.add_command(command)


def main() -> None:
    """Run a command; faults that people can mend are one clear message, not a trace."""
    from sipas import create_app

    commands = FlaskGroup(
        create_app=create_app,
        add_default_commands=False,
        name="sipas",
        help="SIPAS: how satisfied citizens are, counted honestly. Settings are environment variables SIPAS_….",
    )
    commands.add_command(serving)
    audit.act_as("command line")
    try:
        commands.main(prog_name="bin/sipas")
    except SettingsWrong as error:
        sys.exit(str(error))
    except (Unwritable, OperationalError, ProgrammingError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        sys.exit(f"the database cannot be used: {reason}\nif it is new or older than the program: bin/sipas db upgrade")


importing = AppGroup("import", help="Load a CSV or Excel file; all or nothing, can be repeated.")


def _importer(kind: str, load: Callable[[Path], Imported]) -> click.Command:
    @click.argument("file", type=click.Path(path_type=Path))
    def command(file: Path) -> None:
        try:
            click.echo(f"{kind}: {load(file)}")
        except FileFaulty as error:
            raise click.ClickException(f"nothing was imported\n{error}") from error

    command.__doc__ = load.__doc__
    return importing.command(kind)(command)


for _kind, _load in catalogue.KINDS_OF_FILE.items():
    _importer(_kind, _load)


hung = AppGroup("touchpoints", help="Touchpoints: list, QR code, poster, close, reopen.")


def _address(touchpoint: Touchpoint) -> str:
    chosen: Settings = current_app.config["SIPAS"]
    return f"{chosen.public_address}/r/{touchpoint.code}"


def _touchpoint(code: str) -> Touchpoint:
    try:
        return lookups.touchpoint(code)
    except NotFound as error:
        raise click.ClickException(f"no touchpoint has the code {code}") from error


def _units(code: str | None) -> list[int]:
    try:
        return lookups.subtree((lookups.unit(code) if code else lookups.province()).id)
    except NotFound as error:
        raise click.ClickException(f"no unit has the code {error}") from error


@hung.command("list")
@click.option("--unit", help="Only this unit and those below it.")
def list_touchpoints(unit: str | None) -> None:
    """Print code, unit, channel, field and label of each touchpoint, tabs between."""
    _print_points(lookups.touchpoints_of(_units(unit)))


@hung.command("silent")
@click.option("--unit", help="Only this unit and those below it.")
def list_silent(unit: str | None) -> None:
    """Print the open touchpoints that hang for 30 days and had neither scan nor response in them, as `list` does."""
    chosen: Settings = current_app.config["SIPAS"]
    _print_points(traffic.silent(lookups.touchpoints_of(_units(unit)), reports.today(chosen.zone)))


def _print_points(points: Iterable[Touchpoint]) -> None:
    for one in points:
        closed = f"\tclosed {one.closed_on}" if one.closed_on else ""
        field = one.field.code if one.field else "-"
        click.echo(f"{one.code}\t{one.unit.code}\t{one.channel}\t{field}\t{one.label_vi}{closed}")


@hung.command("qr")
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def print_qr(code: str, file: Path | None) -> None:
    """Write the QR code of a touchpoint to FILE (.svg or .png), or draw it here."""
    address = _address(_touchpoint(code))
    if file is None:
        click.echo(posters.qr_terminal(address) + f"\n{address}")
    elif file.suffix.lower() in (".svg", ".png"):
        _write(file, posters.qr_svg(address) if file.suffix.lower() == ".svg" else posters.qr_png(address))
    else:
        raise click.ClickException(f"{file}: the name must end with .svg or .png")


@hung.command("poster")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--code", "codes", multiple=True, help="A touchpoint; can be given several times.")
@click.option("--unit", help="All open touchpoints of this unit and those below it.")
@click.option("--paper", type=click.Choice(posters.PAPERS), default="a4", show_default=True)
def print_posters(file: Path, codes: tuple[str, ...], unit: str | None, paper: posters.Paper) -> None:
    """Write posters (or slips of 58 or 80 mm) to FILE, one page each, as PDF."""
    chosen = [_touchpoint(code) for code in codes]
    if unit:
        chosen += [one for one in lookups.touchpoints_of(_units(unit)) if not one.closed_on]
    if not chosen:
        raise click.UsageError("give --code or --unit")
    _write(file, posters.poster_pdf([posters.of_touchpoint(one, _address(one)) for one in chosen], paper))


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"{file}: {len(content):,} bytes")


@hung.command("close")
@click.argument("code")
def close_touchpoint(code: str) -> None:
    """Take no more answers through a touchpoint."""
    chosen: Settings = current_app.config["SIPAS"]
    touchpoints.close(_touchpoint(code), reports.today(chosen.zone))
    click.echo(f"{codes.tidy_code(code)} is closed")


@hung.command("reopen")
@click.argument("code")
def reopen_touchpoint(code: str) -> None:
    """Take answers through a closed touchpoint again."""
    try:
        touchpoints.reopen(_touchpoint(code))
    except touchpoints.UnitClosed as error:
        raise click.ClickException(f"its unit {error} is closed") from error
    click.echo(f"{codes.tidy_code(code)} is open")


@click.command("recount")
@click.option("--mend", is_flag=True, help="Put the kept counts right.")
@with_appcontext
def recounting(mend: bool) -> None:
    """Count all responses anew and compare with the kept counts; exit 1 where they differ."""
    found = recount.differences(mend)
    for line in found[:50]:
        click.echo(line)
    click.echo(f"{len(found)} differences" + (", put right" if mend and found else "") if found else "no difference")
    if found and not mend:
        sys.exit(1)


@click.command("serve")
@click.option("--demo", is_flag=True, help="Serve the sample catalogue with a year of made-up answers.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, instead of SIPAS_PORT.")
def serving(demo: bool, port: int | None) -> None:
    """Set up what is missing and serve until SIGTERM or SIGINT."""
    if port is not None:
        os.environ["SIPAS_PORT"] = str(port)
    if demo:
        os.environ.setdefault("SIPAS_INSTANCE_PATH", str(ROOT / "instance" / "demo"))
        os.environ.setdefault("SIPAS_REPORT_DELAY_DAYS", "0")
        os.environ.setdefault("SIPAS_SECOND_STEP_ROLES", "")
    from sipas.commands import serve

    audit.act_as(audit.INSTALLATION)
    try:
        serve.run(demo)
    except serve.CannotStart as error:
        sys.exit(str(error))
