"""`./run` and `manage.py up`: what a stranger types, and what he then sees."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connections

from core.embedded import install, paths

NEEDED = ("sh", "dirname", "cksum", "cat", "sed", "env")
SAYS_ITS_ARGUMENTS = '#!/bin/sh\n[ "$1" = -c ] || echo "called: $@"\n'


@pytest.fixture
def checkout(tmp_path):
    """A checkout with the script, a list, and a PATH that holds nothing but what POSIX has."""
    shutil.copy(paths.ROOT / "run", tmp_path)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "bin").mkdir()
    for name in NEEDED:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    return tmp_path


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def run(checkout, *arguments):
    environment = {"PATH": str(checkout / "bin")}
    return subprocess.run(
        [checkout / "run", *arguments], env=environment, capture_output=True, text=True, timeout=30
    )


def test_run_refuses_a_machine_without_a_new_python(checkout):
    program(checkout / "bin" / "python3", "#!/bin/sh\nexit 1\n")
    done = run(checkout, "manage", "help")
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr


def test_run_installs_what_the_lists_say(checkout):
    program(checkout / "bin" / "python3", SAYS_ITS_ARGUMENTS)
    program(checkout / ".venv" / "bin" / "python", SAYS_ITS_ARGUMENTS)
    (checkout / ".venv" / ".stamp").write_text("an older list")
    done = run(checkout, "manage", "help")
    assert done.stdout.splitlines()[-2:] == [
        f"called: {checkout}/core/embedded/install.py",
        f"called: {checkout}/manage.py help",
    ]


def test_run_starts_at_once_when_nothing_changed(checkout, monkeypatch):
    monkeypatch.setattr(install, "ROOT", checkout)
    monkeypatch.setattr(install, "VENV", checkout / ".venv")
    program(checkout / ".venv" / "bin" / "python", SAYS_ITS_ARGUMENTS)
    install._stamp(dev=False)
    done = run(checkout, "--port", "8100")
    assert done.stdout == f"called: {checkout}/manage.py up --port 8100\n"


def test_run_explains_itself(checkout):
    done = run(checkout, "nonsense")
    assert done.returncode == 2
    assert "./run manage COMMAND" in done.stderr


def test_install_falls_back_to_pip_when_uv_cannot(checkout, monkeypatch):
    for name, value in (("ROOT", checkout), ("VENV", checkout / ".venv")):
        monkeypatch.setattr(install, name, value)
    monkeypatch.setattr(install, "PYTHON", checkout / ".venv" / "bin" / "python")
    program(checkout / "bin" / "uv", "#!/bin/sh\nexit 1\n")
    monkeypatch.setenv("PATH", f"{checkout}/bin:{os.environ['PATH']}")
    install.main([])
    assert subprocess.run([install.PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0
    assert install.is_fresh(dev=False)


# --- up -------------------------------------------------------------------------------------------
def url_of(alias):
    """Spell the test database as a URL, for a process of its own."""
    found = connections[alias].settings_dict
    login = f"{found['USER']}:{quote(found['PASSWORD'])}" if found["PASSWORD"] else found["USER"]
    return f"postgres://{login}@/{found['NAME']}?host={quote(found['HOST'], safe='')}&port={found['PORT'] or 5432}"


@pytest.fixture
def up(tmp_path, transactional_db):
    """Return a function that starts `up` on the test's own database, in a folder of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "STATIC_MANIFEST"} | {
        "CRM_VAR_DIR": str(tmp_path),
        "DATABASE_URL": url_of("default"),
        "DATABASE_OWNER_URL": url_of("owner"),
        "REDIS_URL": settings.REDIS_URL,
    }
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo", *arguments],
            cwd=paths.ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    start.environment = environment
    yield start
    for process in started:
        process.kill()
        process.communicate()


def ready_url(process):
    for line in process.stdout:
        if line.startswith("ready "):
            return line.split()[1]
    raise AssertionError("never ready")


def ask(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def post(url, body):
    try:
        with urllib.request.urlopen(url, data=body, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def wait_for(condition, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)
    return found


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def family_of(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(one) for child in children for one in family_of(int(child)))]


def is_gone(pid):
    return not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_up_serves_every_part_and_ends_with_all_of_them(up):
    port = free_port()
    process = up("--port", str(port))
    url = ready_url(process)
    assert url == f"http://127.0.0.1:{port}"
    parts = wait_for(
        lambda: (answer := json.loads(ask(f"{url}/readyz")[1]))["status"] == "ready" and answer["parts"]
    )
    assert parts["worker"]["ok"]
    assert ask(f"{url}/accounts/login/")[0] == 200
    assert "django_http_requests" in ask(f"{url}/metrics")[1]
    assert ask(f"http://127.0.0.1:{port + 1}/live/")[0] == 401
    assert (
        post(f"{url}/hooks/form/none", b"x" * 10_000_000) == 404
    )  # heard although nobody read what was sent

    told = "from django.conf import settings; print(settings.PUBLIC_URL)"
    beside = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", told],
        cwd=paths.ROOT, env=up.environment, capture_output=True, text=True,
    )  # fmt: skip
    assert beside.stdout.strip() == url

    second = up("--port", str(free_port()))
    assert f"already running at {url}" in second.communicate(timeout=60)[0]

    family = family_of(process.pid)
    assert len(family) > 6
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert output.splitlines()[-1] == "stopped cleanly"
    assert time.monotonic() - began < 10
    assert all(is_gone(pid) for pid in family)


def test_up_takes_the_next_port_when_another_has_the_one_asked_for(up):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process = up("--port", str(port))
        said = process.stdout.readline()
        url = ready_url(process)
    assert said == f"Port {port} is taken: serving on {url.rpartition(':')[2]}\n"
    assert url != f"http://127.0.0.1:{port}"
    assert ask(f"{url}/healthz")[0] == 200


def test_up_says_why_an_address_cannot_be_had(up):
    output, _ = up("--host", "192.0.2.1", "--port", str(free_port())).communicate(timeout=60)
    assert "of 192.0.2.1 can't be had" in output


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels can't tie a child to its parent")
def test_up_starts_again_on_its_port_after_it_was_killed(up):
    port = str(free_port())
    process = up("--port", port)
    url = ready_url(process)
    family = family_of(process.pid)
    process.kill()
    assert ready_url(up("--port", port)) == url
    wait_for(lambda: all(is_gone(pid) for pid in family))


def test_lists_of_packages_agree_and_hold_everything_asked_for():
    """CI and developers fill their environment from the second list, a deployment from the first."""
    served, developed = (_pins(name) for name in ("requirements.txt", "requirements-dev.txt"))
    assert served.items() <= developed.items()
    assert _asked("requirements.in") <= served.keys()
    assert _asked("requirements-dev.in") <= developed.keys()


def _pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (settings.BASE_DIR / name).read_text(), re.M))


def _asked(name: str) -> set[str]:
    names = re.findall(r"^[A-Za-z0-9_.-]+", (settings.BASE_DIR / name).read_text(), re.M)
    return {re.sub(r"[-_.]+", "-", found).lower() for found in names if not found.startswith("-")}
