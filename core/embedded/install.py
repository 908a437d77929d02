"""Make .venv and fill it from the hashed lists. Runs on a bare Python, before anything is installed."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
_NO_VENV = """Python's venv module is incomplete here (Debian splits it off). Install it and run again:
    apt install python3-venv        # or install uv: https://docs.astral.sh/uv/"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Bring .venv up to requirements.txt (or requirements-dev.txt); do nothing when it is."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    options = parser.parse_args(arguments)
    with (ROOT / ".install.lock").open("w") as lock:  # two first runs at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_fresh(options.dev):
            _install(ROOT / ("requirements-dev.txt" if options.dev else "requirements.txt"))
            _stamp(options.dev)


def is_fresh(dev: bool) -> bool:
    """Say whether .venv was filled from the lists as they are now."""
    stamp = VENV / (".stamp-dev" if dev else ".stamp")
    return stamp.exists() and stamp.read_text() == _wanted_stamp(dev)


def _wanted_stamp(dev: bool) -> str:
    """Return what the script `run` computes with cksum."""
    names = ["requirements.txt", "requirements-dev.txt"] if dev else ["requirements.txt"]
    done = subprocess.run(["cksum", *names], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def _stamp(dev: bool) -> None:
    (VENV / ".stamp").write_text(_wanted_stamp(False))
    if dev:
        (VENV / ".stamp-dev").write_text(_wanted_stamp(True))


def _install(requirements: Path) -> None:
    if PYTHON.is_symlink() and not _works("--version"):  # copied from elsewhere, or its Python is gone
        shutil.rmtree(VENV)
    if not (shutil.which("uv") and _install_with_uv(requirements)):
        _install_with_pip(requirements)


def _works(*arguments: str) -> bool:
    return PYTHON.exists() and subprocess.run([PYTHON, *arguments], capture_output=True).returncode == 0


def _install_with_uv(requirements: Path) -> bool:
    """Install with uv; False when it can't (its index is not pip's, or it is only a shim)."""
    make = ["uv", "venv", "--quiet", "--python", sys.executable, str(VENV)]
    if not PYTHON.exists() and subprocess.run(make).returncode:
        return False
    fill = ["uv", "pip", "install", "--python", str(PYTHON), "--require-hashes", "-r", str(requirements)]
    return subprocess.run(fill if sys.stderr.isatty() else [*fill, "--quiet"]).returncode == 0


def _install_with_pip(requirements: Path) -> None:
    if not _works("-m", "pip", "--version"):
        shutil.rmtree(VENV, ignore_errors=True)
        if subprocess.run([sys.executable, "-m", "venv", VENV]).returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            sys.exit(_NO_VENV)
    print(f"installing {requirements.name} …", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command.append("--no-compile")  # half of pip's time; what is imported gets compiled then
    done = subprocess.run([*command, "--require-hashes", "-r", str(requirements)], env=os.environ)
    if done.returncode:
        sys.exit("error: the packages could not be installed; pip's message is above.")


if __name__ == "__main__":
    main()
