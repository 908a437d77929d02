"""Run a group of processes as one: logs by name, restarts with a limit, one clean stop, no survivors."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

RESTARTS_ALLOWED = 5
RESTART_WINDOW_S = 60
FIRST_PAUSE_S = 0.5  # doubles with each restart
LAST_PAUSE_S = 30  # for one that keeps dying and that the others can do without
STOP_TIMEOUT_S = 4
_TICK_S = 0.1
_LOG_LIMIT_BYTES = 10_000_000
_TROUBLE = re.compile(r"\b(ERROR|CRITICAL|FATAL)\b|^Traceback|^error:")
# What belongs to the trouble above it: indented lines, and the exception that ends a traceback.
_SEQUEL = re.compile(r"^(\s|[\w.]+(Error|Exception|Refused|Exit)\b|During handling|The above exception|$)")
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class GaveUp(RuntimeError):
    """An urgent process kept dying, and the whole group was stopped because of it."""


@dataclass
class Child:
    """One process of the group: how to start it, and how it fares."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    inherited: Sequence[int] = ()
    is_urgent: bool = (
        False  # people wait for pages: the others start after it, and without it nothing goes on
    )
    niceness: int = 0  # how far it steps back for the others while the processors are busy, 0 to 19
    process: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=deque)
    restart_at: float | None = None
    log: IO[bytes] | None = None
    rest: bytes = b""
    is_in_trouble: bool = False


class Supervisor:
    """Starts the children, keeps them up, and stops them all when asked or when one can't be kept."""

    def __init__(self, children: Sequence[Child], log_dir: Path, say: Callable[[str], None]) -> None:
        self.children = children
        self.log_dir = log_dir
        self.say = say
        self._selector = selectors.DefaultSelector()
        self._signals = 0

    def run(self, on_tick: Callable[[], None]) -> None:
        """Serve until SIGINT or SIGTERM; raise GaveUp when an urgent child died too often."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            for child in self.children:
                if child.is_urgent:
                    self._start(child)
            while not self._signals:
                self._pump(_TICK_S)
                self._bury_and_restart()
                on_tick()
        finally:
            self._stop()

    def hurry_over(self) -> None:
        """Start the children that are not urgent."""
        for child in self.children:
            if not child.is_urgent:
                self._start(child)

    def _on_signal(self, number: int, frame: Any) -> None:
        self._signals += 1

    def _start(self, child: Child) -> None:
        child.log = child.log or _open_log(self.log_dir / f"{child.name}.log")
        child.restart_at = None
        parent, niceness = os.getpid(), child.niceness
        child.process = subprocess.Popen(
            child.command,
            env={**os.environ, **child.environment},
            pass_fds=child.inherited,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours to pass on, in one way for all
            preexec_fn=lambda: _begin(parent, niceness),
        )
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _pump(self, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            data = os.read(key.fd, 65536)
            if data:
                self._write(key.data, data)
            else:
                self._selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]

    def _write(self, child: Child, data: bytes) -> None:
        *lines, child.rest = (child.rest + data).split(b"\n")
        for line in lines:
            assert child.log is not None
            child.log.write(line + b"\n")
            self._echo_trouble(child, line.decode(errors="replace"))

    def _echo_trouble(self, child: Child, line: str) -> None:
        child.is_in_trouble = bool(_TROUBLE.search(line)) or (
            child.is_in_trouble and bool(_SEQUEL.match(line))
        )
        if child.is_in_trouble and line:
            self.say(f"[{child.name}] {line}")

    def _bury_and_restart(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, now)
            if child.restart_at is not None and child.restart_at <= now:
                self._start(child)

    def _bury(self, child: Child, now: float) -> None:
        assert child.process is not None
        code = child.process.returncode
        _kill_group(child.process)  # its own children, when it left any
        child.process = None
        while child.deaths and child.deaths[0] < now - RESTART_WINDOW_S:
            child.deaths.popleft()
        child.deaths.append(now)
        wait_s = FIRST_PAUSE_S * min(2 ** (len(child.deaths) - 1), 8)
        if len(child.deaths) > RESTARTS_ALLOWED:
            wait_s = self._give_up_or_pause(child, code)
        child.restart_at = now + wait_s
        self.say(f"[{child.name}] ended with code {code}; starting it again in {wait_s:g} s")

    def _give_up_or_pause(self, child: Child, code: int) -> float:
        """One letter that breaks the mail poller must not take the pages away."""
        often = f"{child.name} ended {len(child.deaths)} times within {RESTART_WINDOW_S} s (last with code {code})"
        where = f"See {self.log_dir / child.name}.log"
        if child.is_urgent:
            raise GaveUp(f"{often}: stopping everything. {where}")
        self.say(f"error: {often}: the rest goes on without it. {where}")
        return LAST_PAUSE_S

    def _stop(self) -> None:
        """Ask every child to end, and after a few seconds or a second signal make it."""
        seen, deadline = self._signals, time.monotonic() + STOP_TIMEOUT_S
        for child in self.children:
            if child.process is not None:
                child.process.terminate()
        while self._alive() and time.monotonic() < deadline and self._signals <= seen:
            self._pump(0.02)
        for child in self._alive():
            self.say(f"[{child.name}] did not end in time: killed")
        for child in self.children:
            if child.process is not None:
                _kill_group(child.process)
                child.process.wait()
            if child.log is not None:
                child.log.close()

    def _alive(self) -> list[Child]:
        return [c for c in self.children if c.process is not None and c.process.poll() is None]


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and whatever it started; each child leads a group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _begin(parent: int, niceness: int) -> None:
    """Set up a new process before its program starts."""
    _die_with(parent)
    if niceness:
        os.nice(niceness)


def _die_with(parent: int) -> None:
    """Ask the kernel to end this process when its supervisor is killed, however that happens."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)


def _open_log(path: Path) -> IO[bytes]:
    if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab", buffering=0)
