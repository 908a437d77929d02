"""`up`: serve pages, live stream, worker, beat and pollers as one group until Ctrl-C."""

from __future__ import annotations

import errno
import fcntl
import http.client
import importlib
import os
import shutil
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from core.embedded import paths, servers
from core.embedded.errors import EmbeddedError
from core.embedded.supervisor import Child, GaveUp, Supervisor

_PATIENCE_S = 60
_LOOK_AFTER_SERVERS_S = 2
_TRY_AGAIN_S = 10
# A killed predecessor's web processes notice within a second or two, and free its port.
_PORT_PATIENCE_S = 6
# Celery's own SIGTERM waits for running tasks as long as they like; this one puts them back into the queue.
_QUICK_STOP = {"REMAP_SIGTERM": "SIGQUIT", "WORKER_SOFT_SHUTDOWN_S": "1.5"}
# Providers and people wait for answers; of a contended processor the worker gets a tenth, all of an idle one.
_WORKER_NICENESS = 10
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104


@dataclass(frozen=True)
class Served:
    """Where pages and the live stream are served."""

    host: str
    web: socket.socket
    live: socket.socket

    @property
    def port(self) -> int:
        return int(self.web.getsockname()[1])

    @property
    def url(self) -> str:
        host = "127.0.0.1" if self.host in _EVERY_ADDRESS else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


class Command(BaseCommand):
    help = "Serve everything until Ctrl-C: pages, live stream, worker, beat, mail."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, help=f"default {paths.DEFAULT_PORT}; if taken, the next free one"
        )
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--no-demo", action="store_true", help="start empty, without the demo companies")
        parser.add_argument("--workers", type=int, default=2, help="web processes of 8 threads each")

    def handle(self, *args: Any, **options: Any) -> None:
        with paths.served_note().open("a+") as note:
            left_over = _hold_alone(note)
            web = _listen(options["host"], options["port"], left_over)
            live = _listen_near(options["host"], web.getsockname()[1] + 1)
            served = Served(options["host"], web, live)
            if options["port"] not in (None, served.port):
                self._say(f"Port {options['port']} is taken: serving on {served.port}")
            _write(note, served.url)
            try:
                self._prepare(options)
                self._serve(served, options["workers"])
            finally:
                _write(note, "")
            self._say("stopped cleanly")

    def _serve(self, served: Served, workers: int) -> None:
        group = Supervisor(_children(served, workers), paths.var_dir() / "log", self._say)
        announce, look_after = _Announcer(self._say, served, group.hurry_over), _Nurse(self._say)

        def each_tick() -> None:
            announce()
            look_after()

        try:
            group.run(each_tick)
        except GaveUp as error:
            raise CommandError(str(error)) from error

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _prepare(self, options: dict[str, Any]) -> None:
        collecting = _collect_static()
        call_command("migrate", verbosity=0, interactive=False)
        if not options["no_demo"] and "load_demo" in get_commands() and _is_empty():
            self._say("loading the demo companies …")
            call_command("load_demo", side_by_side=True)
        connections.close_all()
        if collecting is not None and collecting.wait():
            raise CommandError("collectstatic failed; its message is above.")


def _collect_static() -> subprocess.Popen[bytes] | None:
    """Begin collecting the static files, beside our other work, when any source is newer than they are."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    collected_at = manifest.stat().st_mtime if manifest.exists() else 0.0
    sources = (storage.path(name) for finder in get_finders() for name, storage in finder.list([]))
    if all(Path(source).stat().st_mtime <= collected_at for source in sources):
        return None
    command = [sys.executable, str(paths.ROOT / "manage.py"), "collectstatic", "--no-input", "--verbosity=0"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


def _is_empty() -> bool:
    return not apps.get_model("tenants", "Tenant")._default_manager.exists()


def demo_logins() -> list[str]:
    """Ask the demo for the logins to show; none when it was not loaded."""
    app = get_commands().get("load_demo")
    if app is None:
        return []
    module = importlib.import_module(f"{app}.management.commands.load_demo")
    logins = getattr(module, "logins", None)
    return list(logins()) if logins else []


def _hold_alone(note: IO[str]) -> str:
    """Lock the note; return the address of a killed predecessor."""
    note.seek(0)
    address = note.read().strip()
    try:
        fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(f"This installation is already running at {address}.") from None
    return address


def _write(note: IO[str], address: str) -> None:
    """Keep the address: for other commands, and for the successor if we are killed."""
    note.seek(0)
    note.truncate()
    note.write(address)
    note.flush()


def _listen(host: str, port: int | None, left_over: str) -> socket.socket:
    """Listen on the port asked for, else the default, or on the next free one when another has it."""
    wanted = port or paths.DEFAULT_PORT
    try:
        return _bind(host, wanted, _PORT_PATIENCE_S if left_over.endswith(f":{wanted}") else 0)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise CommandError(f"Port {wanted} of {host} can't be had: {error.strerror}.") from error
    return _listen_near(host, wanted + 1)


def _listen_near(host: str, port: int) -> socket.socket:
    for candidate in range(port, port + 200):
        try:
            return _bind(host, candidate, 0)
        except OSError:
            continue
    raise CommandError(f"No free port between {port} and {port + 200}.")


def _bind(host: str, port: int, wait_s: float) -> socket.socket:
    """Bind by ourselves and hand the socket down: nobody can take the port between a test and the start."""
    deadline = time.monotonic() + wait_s
    while True:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(512)
            return listener
        except OSError:
            listener.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _children(served: Served, workers: int) -> list[Child]:
    python, manage = sys.executable, str(paths.ROOT / "manage.py")
    shared = _environment(served)
    limits = {"STATEMENT_TIMEOUT_MS": "5000", "IDLE_IN_TRANSACTION_TIMEOUT_MS": "10000"}
    pages = shared | {name: os.environ.get(name, value) for name, value in limits.items()}
    celery = [python, "-m", "celery", "-A", "crm_project"]
    worker = ["worker", "--concurrency=2", f"--hostname=worker-{os.getpid()}@%h", "--loglevel=INFO"]
    worker += ["--without-gossip", "--without-mingle"]
    beat = ["beat", "--pidfile=", "-s", str(paths.var_dir() / "beat-schedule"), "--loglevel=WARNING"]
    return [
        Child(
            "web", _gunicorn(served.web, workers), pages | _metrics(), [served.web.fileno()], is_urgent=True
        ),
        Child("live", _uvicorn(served.live), pages, [served.live.fileno()]),
        Child("worker", [*celery, *worker], shared | _QUICK_STOP, niceness=_WORKER_NICENESS),
        Child("beat", [*celery, *beat], shared),
        *(
            Child(name, [python, manage, *command.split()], shared)
            for name, command in settings.SUPERVISED_COMMANDS
        ),
    ]


def _environment(served: Served) -> dict[str, str]:
    """Tell every process where we are served, unless the operator said so."""
    wanted = {
        "PUBLIC_URL": served.url,
        "LIVE_PORT": str(served.live.getsockname()[1]),
        "ALLOWED_HOSTS": ",".join({*settings.ALLOWED_HOSTS, served.host}),
        "PYTHONUNBUFFERED": "1",
    }
    if (
        served.port != paths.DEFAULT_PORT
    ):  # cookies don't know ports, and another installation has the default
        wanted["SESSION_COOKIE_NAME"] = f"crm_session_{served.port}"
        wanted["CSRF_COOKIE_NAME"] = f"csrftoken_{served.port}"
    return {name: os.environ.get(name, value) for name, value in wanted.items()}


def _gunicorn(listener: socket.socket, workers: int) -> list[str]:
    command = [sys.executable, "-m", "gunicorn", "crm_project.wsgi", f"--bind=fd://{listener.fileno()}"]
    command += [f"--workers={workers}", "--threads=8", "--worker-class=gthread", "--preload"]
    # Its control socket lies in the home folder and would be shared by every checkout.
    command += ["--no-control-socket", "--graceful-timeout=2", "--timeout=60", "--log-level=warning"]
    return [*command, "--config=python:crm_project.gunicorn"]


def _uvicorn(listener: socket.socket) -> list[str]:
    command = [sys.executable, "-m", "uvicorn", "crm_project.asgi:application", f"--fd={listener.fileno()}"]
    return [*command, "--log-level=warning", "--no-access-log", "--timeout-graceful-shutdown=1"]


def _metrics() -> dict[str, str]:
    """Give the web processes one folder to add their counters up in, emptied at each start."""
    folder = paths.var_dir() / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


class _Nurse:
    """Called on every tick: now and then starts those of the bundled servers again that have died."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.next_at = time.monotonic() + _LOOK_AFTER_SERVERS_S

    def __call__(self) -> None:
        if time.monotonic() < self.next_at:
            return
        pause_s = _LOOK_AFTER_SERVERS_S
        try:
            for name in servers.revive():
                self.say(f"{name} had died: started again")
        except EmbeddedError as error:
            self.say(f"error: {error}")
            pause_s = _TRY_AGAIN_S
        self.next_at = time.monotonic() + pause_s


class _Announcer:
    """Called on every tick: lets the others start and says `ready` once pages answer, or that they don't."""

    def __init__(self, say: Callable[[str], None], served: Served, hurry_over: Callable[[], None]) -> None:
        self.say, self.served, self.hurry_over = say, served, hurry_over
        self.began = time.monotonic()
        self.is_ready = self.is_late = False

    def __call__(self) -> None:
        if self.is_ready:
            return
        if self._answers():
            self.is_ready = True
            self._let_the_others_start()
            self.say(f"ready {self.served.url}")
            for line in demo_logins():
                self.say(f"  {line}")
            connections.close_all()
        elif not self.is_late and time.monotonic() - self.began > _PATIENCE_S:
            self._let_the_others_start()
            self.is_late = True
            self.say(f"no answer within {_PATIENCE_S} s, still waiting; see {paths.var_dir() / 'log'}")

    def _let_the_others_start(self) -> None:
        if not self.is_late:
            self.hurry_over()

    def _answers(self) -> bool:
        """Ask for /readyz as the outside world would: other host names are refused."""
        address = urlsplit(self.served.url)
        host = urlsplit(os.environ.get("PUBLIC_URL", self.served.url)).netloc
        link = http.client.HTTPConnection(address.hostname or "", self.served.port, timeout=1)
        try:
            link.request("GET", "/readyz", headers={"Host": host})
            return link.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()
