"""The supervisor: restarts within a limit, one clean stop, nobody survives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.embedded import paths

GROUP = """
import sys
from pathlib import Path
from core.embedded import supervisor
from core.embedded.supervisor import Child, GaveUp, Supervisor
supervisor.FIRST_PAUSE_S = 0.05
supervisor.LAST_PAUSE_S = 0.2
run = [sys.executable, "-u", "-c"]
children = [
    Child(str(i), [*run, code], is_urgent="#calm" not in code, niceness=3 if "#modest" in code else 0)
    for i, code in enumerate(sys.argv[2:])
]
group = Supervisor(children, Path(sys.argv[1]), lambda text: print(text, flush=True))
hurrying = [group.hurry_over]
try:
    group.run(lambda: hurrying and hurrying.pop()())
except GaveUp as error:
    sys.exit(f"gave up: {error}")
"""
WAITS = "import os, time; print(os.getpid()); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)"
)


@pytest.fixture
def group(tmp_path):
    started = []

    def start(*codes):
        command = [sys.executable, "-c", GROUP, str(tmp_path), *codes]
        process = subprocess.Popen(
            command, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def read_pid(log, timeout_s=10):
    return int(wait_for(lambda: log.exists() and log.read_text().strip(), timeout_s).splitlines()[-1])


def wait_for(condition, timeout_s=10):
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
    return found


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_supervisor_stops_every_child_when_asked(group, tmp_path, number):
    process = group(WAITS, WAITS)
    pids = [read_pid(tmp_path / "0.log"), read_pid(tmp_path / "1.log")]
    process.send_signal(number)
    process.communicate(timeout=5)
    assert process.returncode == 0
    assert not any(is_running(pid) for pid in pids)


def test_supervisor_kills_a_child_that_does_not_listen(group, tmp_path):
    process = group(STUBBORN)
    wait_for(lambda: (tmp_path / "0.log").exists() and "deaf" in (tmp_path / "0.log").read_text())
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=10)
    assert "[0] did not end in time: killed" in output
    assert time.monotonic() - began < 5


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels can't tie a child to its parent")
def test_supervisor_takes_its_children_along_when_killed(group, tmp_path):
    process = group(WAITS)
    pid = read_pid(tmp_path / "0.log")
    process.kill()
    wait_for(lambda: not is_running(pid))


def test_supervisor_restarts_a_dead_child(group, tmp_path):
    process = group(WAITS)
    first = read_pid(tmp_path / "0.log")
    os.kill(first, signal.SIGKILL)
    second = wait_for(lambda: (pid := read_pid(tmp_path / "0.log")) != first and pid)
    assert is_running(second)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=5)
    assert "[0] ended with code -9; starting it again in 0.05 s" in output


def test_supervisor_gives_up_on_a_child_that_keeps_dying(group, tmp_path, monkeypatch):
    process = group("raise SystemExit(3)", WAITS)
    survivor = read_pid(tmp_path / "1.log")
    output, _ = process.communicate(timeout=40)
    assert process.returncode == 1
    assert "gave up: 0 ended 6 times within 60 s (last with code 3)" in output
    assert not is_running(survivor)


def test_supervisor_goes_on_without_a_child_that_can_be_missed(group, tmp_path):
    process = group(WAITS, "raise SystemExit(3)  #calm")
    said = [process.stdout.readline() for _ in range(9)]
    assert any(
        "error: 1 ended 6 times within 60 s (last with code 3): the rest goes on" in line for line in said
    )
    assert "[1] ended with code 3; starting it again in 0.2 s\n" in said[-2:]
    assert is_running(read_pid(tmp_path / "0.log"))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=5)
    assert process.returncode == 0


def test_supervisor_shows_trouble_and_only_that(group, tmp_path):
    lines = ["INFO fine", "ERROR bad", "  because", "INFO fine again"]
    process = group(f"import time; print(*{lines}, sep=chr(10)); time.sleep(60)")
    log = tmp_path / "0.log"
    wait_for(lambda: log.exists() and "again" in log.read_text())
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=5)
    assert output.splitlines() == ["[0] ERROR bad", "[0]   because"]


def test_modest_child_steps_back_for_the_others(group, tmp_path):
    tell = "import os, time; print(os.nice(0)); time.sleep(600)"
    group(tell, f"{tell} #modest")
    usual, modest = (read_pid(tmp_path / f"{name}.log") for name in "01")
    assert modest - usual == 3
