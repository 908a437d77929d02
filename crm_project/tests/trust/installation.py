"""An installation of its own, with its own PostgreSQL and Valkey: everything in it may be killed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

from core.embedded import paths, postgres, valkey
from core.embedded.errors import EmbeddedError

READY_S = 400  # a loaded machine; an idle one needs twenty
OF_ANOTHER = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "REDIS_NAMESPACE", "STATIC_MANIFEST")


@dataclass
class Installation:
    """A running `manage.py up`, and ways to hurt it."""

    url: str
    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def manage(self, *arguments: str) -> Any:
        """Run a command as its operator would; return what it said as JSON."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=paths.ROOT, env=self.environment | {"PUBLIC_URL": self.url}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    def rows(self, sql: str) -> list[Any]:
        """Ask the database past all walls; nothing while it is away."""
        try:
            with contextlib.closing(self._connect()) as connection, connection.cursor() as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall())
        except psycopg2.OperationalError:
            return []

    def kill(self, *words: str) -> int:
        """Kill -9 every process of ours whose command line has the words; return how many."""
        hit = [pid for pid in self._family() if all(word in _command(pid) for word in words)]
        for pid in hit:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(hit)

    def lose_queues(self) -> None:
        """Empty Valkey: every message of the broker and every cached word is lost."""
        with contextlib.closing(redis.Redis(unix_socket_path=str(self._socket(paths.VALKEY_SOCKET)))) as link:
            link.flushall()

    def stop_valkey(self) -> None:
        """Take the broker away; the installation starts it again by itself."""
        with contextlib.closing(redis.Redis(unix_socket_path=str(self._socket(paths.VALKEY_SOCKET)))) as link:
            os.kill(link.info("server")["process_id"], signal.SIGKILL)

    def stop_postgres(self) -> None:
        """Stop PostgreSQL as `pg_ctl -m immediate` does: every connection breaks, it recovers from its log."""
        pid = (self.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]
        os.kill(int(pid), signal.SIGQUIT)

    def log(self) -> str:
        """What every part wrote at last."""
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in self.folder.rglob("*.log"))

    def _connect(self) -> Any:
        socket = self._socket(paths.POSTGRES_SOCKET)
        return psycopg2.connect(host=str(socket.parent), dbname="crm", user=postgres.SUPERUSER)

    def _socket(self, name: str) -> Path:
        return self.folder / "sock" / name

    def _family(self) -> list[int]:
        return _children(self.process.pid)


@contextlib.contextmanager
def installed() -> Iterator[Installation]:
    """Start one in a folder of its own, which goes with it."""
    try:
        postgres.find_binaries(), valkey.find_binary()
    except EmbeddedError as error:
        pytest.skip(str(error))
    folder = Path(tempfile.mkdtemp(prefix="crm-trust-"))
    folder.chmod(0o755)  # the servers may run as another user
    static = paths.var_dir() / "browser-static"  # collected once, then only what changed
    static.mkdir(parents=True, exist_ok=True)
    (folder / "static").symlink_to(static)
    environment = {k: v for k, v in os.environ.items() if k not in OF_ANOTHER} | {"CRM_VAR_DIR": str(folder)}
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo", "--workers=1", "--port=18107"],
            cwd=paths.ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield Installation(_ready(process, folder), folder, environment, process)
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def eventually(condition: Callable[[], Any], complaint: str, *, timeout_s: float = 90) -> Any:
    """Ask again and again until it holds."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, complaint
        time.sleep(0.1)
    return found


def _ready(process: subprocess.Popen[bytes], folder: Path) -> str:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"^ready (\S+)", (folder / "up.log").read_text(), re.MULTILINE):
            return found[1]
        time.sleep(0.1)
    pytest.fail("\n".join(path.read_text(errors="replace")[-3000:] for path in folder.rglob("*.log")))


def _children(pid: int) -> list[int]:
    try:
        direct = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
    return [*direct, *(deeper for child in direct for deeper in _children(child))]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except FileNotFoundError:
        return ""
