"""python -m bench.aggregates [--rows N]: how much memory and time files of the aggregates take, however many rows.

An installation is made whose tallies give so many rows; then a process for each kind of file writes them, and its
memory is looked at fifty times a second, that of a process which it starts added.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import func, insert, literal, select

from sipas import create_app
from sipas.catalogue import lookups, models
from sipas.catalogue.questionnaires import Question
from sipas.core.db import db, insert_rows, writing
from sipas.core.settings import Settings
from sipas.downloads import aggregate_files
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.reporting.aggregates import Extent
from sipas.responses.tally_tables import QUESTION_COUNTERS, question_tally
from sipas.run import installation

END = date(2026, 11, 1)
MOST_MEGABYTES = 200


def main() -> None:
    """Measure each shape, or (as the process that is measured) write one."""
    parser = argparse.ArgumentParser(prog="bench.aggregates", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="how many rows at least")
    parser.add_argument("--shapes", nargs="+", default=list(aggregate_files.SHAPES), choices=aggregate_files.SHAPES)
    parser.add_argument("--write", nargs=3, metavar=("FOLDER", "PERIOD", "SHAPE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write(Path(options.write[0]), options.write[1], options.write[2])
        return
    with tempfile.TemporaryDirectory(prefix="sipas-bench-") as folder:
        period = fill(Path(folder), options.rows)
        idle = measured(Path(folder), str(period), "nothing")
        print(f"the program alone: {idle['megabytes']:.0f} MB")
        for shape in options.shapes:
            found = measured(Path(folder), str(period), shape)
            verdict = "" if found["megabytes"] < MOST_MEGABYTES else f" OVER {MOST_MEGABYTES} MB"
            print(
                f"{shape:8} {found['rows']:>10,} rows {found['bytes'] / 1e6:>8,.0f} MB "
                f"{found['seconds']:>7.1f} s {found['rows'] / found['seconds']:>9,.0f} rows/s "
                f"peak {found['megabytes']:.0f} MB{verdict}",
                flush=True,
            )


def fill(folder: Path, rows: int) -> Period:
    """An installation with the sample catalogue and tallies of as many months as it takes; those months."""
    app = create_app(Settings(instance_path=folder, database_url=""))
    with app.app_context():
        installation.prepare()
        installation.load_sample()
        root = lookups.province()
        units = [unit.id for unit in lookups.units_in(lookups.subtree(root.id)) if unit.parent_id == root.id]
        cells = list(product([field.id for field in lookups.fields()], models.CHANNELS, asked()))
        months = -(-rows // (len(units) * len(cells)))
        period = Period(periods.add_months(END, -months), END)
        for month in period.months():
            with writing() as session:
                insert_rows(session.connection(), question_tally, counted(units, month, cells))
                of_all = (func.sum(question_tally.c[name]) for name in QUESTION_COUNTERS)
                keys = [column for column in question_tally.primary_key if column.name != "unit_id"]
                whole = select(literal(root.id), *keys, *of_all).where(question_tally.c.month == month).group_by(*keys)
                names = ["unit_id", *(key.name for key in keys), *QUESTION_COUNTERS]
                session.execute(insert(question_tally).from_select(names, whole))
        return period


def asked() -> list[int]:
    """The id of a question for each code that is rated."""
    found = db.session.execute(
        select(func.min(Question.id)).where(Question.kind.startswith("rating")).group_by(Question.code)
    )
    return [int(row[0]) for row in found]


def counted(units: list[int], month: date, cells: list[tuple[int, str, int]]) -> Iterator[tuple[object, ...]]:
    """Rows of the tally for all cells, some of them small."""
    for unit_id in units:
        for number, (field_id, channel, question_id) in enumerate(cells):
            size = (unit_id * 7 + number // 7 * 13) % 40 + 1
            yield unit_id, month, field_id, channel, question_id, False, 0, 1, size // 3, size, size // 2, number % 3


def measured(folder: Path, period: str, shape: str) -> dict[str, float]:
    """What a process that writes a shape says, and the most megabytes that it and what it starts had at once."""
    command = [sys.executable, "-m", "bench.aggregates", "--write", str(folder), period, shape]
    most, begun = 0.0, monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            most = max(most, sum(map(resident, [process.pid, *children(process.pid)])))
            sleep(0.02)
        assert process.stdout is not None
        said: dict[str, float] = json.loads(process.stdout.read())
    return {"seconds": monotonic() - begun} | said | {"megabytes": most}


def resident(pid: int) -> float:
    """Megabytes of a process in memory; none of one that has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    try:
        return [
            int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()
        ]
    except OSError:
        return []


def write(folder: Path, period: str, shape: str) -> None:
    """Write the aggregates of a period as a shape, and say how many rows and bytes there were."""
    app = create_app(Settings(instance_path=folder, database_url=""))
    rows = 0

    def told(number: int, _: bool) -> None:
        nonlocal rows
        rows = number

    begun, made = monotonic(), 0
    with app.app_context():
        if shape in aggregate_files.SHAPES:
            path = folder / f"made.{shape}"
            made = aggregate_files.write(path, shape, Extent(periods.parse(period), "month"), told).bytes
            path.unlink()
    print(json.dumps({"rows": rows, "bytes": made, "seconds": monotonic() - begun}))


if __name__ == "__main__":
    main()
