"""The commands that write files for others to count with: `bin/sipas export …`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import click
from flask import current_app
from flask.cli import AppGroup

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.core.errors import NotFound
from sipas.core.settings import Settings
from sipas.downloads import aggregate_files
from sipas.files.long_tables import FileNotMade
from sipas.numbers import periods
from sipas.numbers.periods import PeriodWrong
from sipas.reporting import aggregates, reports
from sipas.reporting.aggregates import MONTHS_OF, NothingWhole, Step
from sipas.run import scheduler

exporting = AppGroup("export", help="Write what was counted to a file, for others to count with.")


@exporting.command("aggregates")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--period", help="Such as 2026, 2026-Q3, 2026-09 or 2025-01-01..2026-09-01; else the last 12 months.")
@click.option("--step", type=click.Choice(list(MONTHS_OF)), default="month", show_default=True)
@click.option("--shape", type=click.Choice(aggregate_files.SHAPES), help="Else what the name of FILE ends with.")
def export_aggregates(file: Path, period: str | None, step: str, shape: str | None) -> None:
    """Write the whole months of a period as a tidy table to FILE, which is there once it is whole."""
    shape = shape or file.suffix.lower().removeprefix(".")
    if shape not in aggregate_files.SHAPES:
        raise click.UsageError(f"give --shape: the name {file.name} does not tell it")
    wanted = _extent(period, cast("Step", step))
    try:
        with TemporaryDirectory(dir=file.parent, prefix=f"{file.name}.part-") as folder:
            unfinished = Path(folder) / file.name
            made = aggregate_files.write(unfinished, shape, wanted, _say)
            unfinished.replace(file)
    except NotFound as error:
        raise click.ClickException("there is no province yet") from error
    except (OSError, FileNotMade) as error:
        raise click.ClickException(f"{file} was not written: {error}") from error
    audit.keep("aggregates.exported", file.name, lookups.province().id)
    click.echo(f"{file}: {wanted.period} by {step}, {made.bytes:,} bytes, SHA-256 {made.sha256}")


def _extent(period: str | None, step: Step) -> aggregates.Extent:
    chosen: Settings = current_app.config["SIPAS"]
    end = aggregates.open_from(reports.today(chosen.zone), scheduler.last_closed_day())
    try:
        asked = periods.parse(period) if period else periods.Period(periods.add_months(end, -12), end)
        return aggregates.extent(asked, step, end)
    except PeriodWrong as error:
        raise click.UsageError(f"--period {error}: no period such as 2026-Q3") from error
    except NothingWhole as error:
        raise click.ClickException(f"no whole {step} lies in {error} yet") from error


def _say(rows: int, is_all: bool) -> None:
    click.echo(f"{rows:,} rows" + (", closing the file" if is_all else ""), err=True)
