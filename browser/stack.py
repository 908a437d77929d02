"""The running product of these tests: `manage.py up` on a database of its own, ended with the tests."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import connections

from core.embedded import paths

READY_S = 180  # a loaded machine; an idle one needs eight
_PR_SET_PDEATHSIG = 1


@dataclass
class Stack:
    """Where the product is served, and what it writes."""

    url: str
    database: str
    folder: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    @property
    def session_cookie(self) -> str:
        return f"crm_session_{self.url.rpartition(':')[2]}"

    def log(self, name: str) -> str:
        path = self.folder / "log" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def run_later(self, task: str, *, by_min: float) -> str:
        """Run a background step as the product's beat would in so many minutes; return what it answers.

        A process of the product whose clock is ahead: what it says reaches the open pages as ever.
        """
        module, _dot, name = task.rpartition(".")
        code = (
            f"import time_machine, datetime as dt\nfrom {module} import {name}\n"
            f"now = dt.datetime.now(dt.UTC) + dt.timedelta(minutes={by_min})\n"
            f"with time_machine.travel(now): print({name}())"
        )
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", code],
            cwd=paths.ROOT, env=self.environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()


@contextlib.contextmanager
def running(database: str) -> Iterator[Stack]:
    """Serve the product on this database until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="crm-browser-"))
    port = _free_port()
    environment = _environment(database, folder)
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo", "--workers=1", f"--port={port}"],
            cwd=paths.ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent,
        )
    try:
        url = _wait_until_ready(process, folder)
        yield Stack(url, database, folder, process, environment)
    finally:
        _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _environment(database: str, folder: Path) -> dict[str, str]:
    """Share the tests' servers and secrets; queues and caches are its own."""
    static = paths.var_dir() / "browser-static"  # collected once, then only what changed
    static.mkdir(parents=True, exist_ok=True)
    (folder / "static").symlink_to(static)
    return os.environ | {
        "CRM_VAR_DIR": str(folder),
        "DATABASE_URL": _database_url("default", database),
        "DATABASE_OWNER_URL": _database_url("owner", database),
        "REDIS_URL": settings.REDIS_URL,
        "REDIS_NAMESPACE": f"{settings.REDIS_NAMESPACE}_browser",
        "SECRET_KEY": settings.SECRET_KEY,
        "STATIC_MANIFEST": "1",  # as in production: a file that is missing is an error
        "STATEMENT_TIMEOUT_MS": "30000",
        "IDLE_IN_TRANSACTION_TIMEOUT_MS": "60000",
    }


def _database_url(alias: str, name: str) -> str:
    known = connections[alias].settings_dict
    parts = {
        "host": known["HOST"] or known["OPTIONS"].get("host", ""),
        "port": str(known["PORT"] or known["OPTIONS"].get("port", "")),
    }
    login = quote(known["USER"], safe="") + (
        f":{quote(known['PASSWORD'], safe='')}" if known["PASSWORD"] else ""
    )
    return f"postgres://{login}@/{name}?{urlencode({k: v for k, v in parts.items() if v})}"


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path) -> str:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"^ready (\S+)", (folder / "up.log").read_text(), re.MULTILINE):
            return found[1]
        time.sleep(0.2)
    logs = "\n".join(path.read_text(errors="replace")[-3000:] for path in folder.rglob("*.log"))
    pytest.fail(f"The product did not start:\n{logs}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def _end_with_parent() -> None:
    """A killed test run leaves nothing behind that reads its database."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
