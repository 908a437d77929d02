"""What the kernel knows of the server's processes: processor time and memory. Linux only.

On a machine that others use too, elapsed time tells how busy they are; processor time hardly does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from django.db import connection

PROC = Path("/proc")
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def web_processes(port: int) -> list[int]:
    """List the gunicorn processes that hold the listening socket of a port."""
    sockets = {f"socket:[{inode}]" for inode in _listeners(port)}
    return sorted(pid for pid in _pids() if _is_gunicorn(pid) and sockets & _open_files(pid))


def back_ends() -> list[int]:
    """List the database's processes that serve our login, none when it runs on another machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = current_user")
        return [pid for (pid,) in cursor.fetchall() if (PROC / str(pid)).exists()]


def session_s() -> float:
    """Tell the processor time of the one database session this process uses, none of a database elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    fields = _stat(pid)
    return sum(map(int, fields[11:13])) * TICK_MS / 1000 if fields else 0.0


def processor_ms(pids: Iterable[int]) -> float:
    """Add up the processor time that all threads of these processes have used."""
    return sum(_thread_ns(pid) for pid in pids) / 1e6


def reaped_ms(pids: Iterable[int]) -> float:
    """Add up the processor time of processes that have ended and were children of these ones' parent.

    The database counts a query's helpers (parallel workers) there; in steps of the kernel's clock tick.
    """
    parents = {_stat(pid)[1] for pid in pids if (PROC / str(pid)).exists()}
    return sum(sum(map(int, _stat(int(pid))[13:15])) for pid in parents) * TICK_MS


def memory_mib(pids: Iterable[int]) -> float:
    """Add up the proportional set sizes: memory shared by several processes counts once."""
    found = [
        re.search(r"^Pss:\s+(\d+)", _read(PROC / str(pid) / "smaps_rollup"), re.MULTILINE) for pid in pids
    ]
    return sum(int(match[1]) for match in found if match) / 1024


def load() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]


def _pids() -> list[int]:
    return [int(folder.name) for folder in PROC.iterdir() if folder.name.isdigit()]


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:  # it ended, or isn't ours to look at
        return ""


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name, which may hold anything: state, parent, …"""
    return _read(PROC / str(pid) / "stat").rpartition(")")[2].split()


def _thread_ns(pid: int) -> int:
    files = (PROC / str(pid) / "task").glob("*/schedstat")
    return sum(int((_read(file) or "0").split()[0]) for file in files)


def _is_gunicorn(pid: int) -> bool:
    return "gunicorn" in _read(PROC / str(pid) / "cmdline")


def _open_files(pid: int) -> set[str]:
    try:
        return {str(link.readlink()) for link in (PROC / str(pid) / "fd").iterdir()}
    except OSError:
        return set()


def _listeners(port: int) -> set[str]:
    """Return the inodes of the sockets that listen on a port."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in _read(PROC / "net" / table).splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes
