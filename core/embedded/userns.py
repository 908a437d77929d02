"""Run a command in a user namespace where root appears as nobody: PostgreSQL refuses real root.

Used as a script, `python userns.py COMMAND …`, so that no thread of the caller is forked half-way.
"""

from __future__ import annotations

import ctypes
import os
import sys

CLONE_NEWUSER = 0x10000000
INSIDE_ID = 65534


def enter() -> None:
    """Move this process into a new user namespace; raise OSError where the kernel forbids it."""
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"user namespaces are not allowed here: {os.strerror(code)}")
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{INSIDE_ID} {outside_uid} 1"),
        ("gid_map", f"{INSIDE_ID} {outside_gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(line)


if __name__ == "__main__":
    enter()
    os.execvp(sys.argv[1], sys.argv[1:])
