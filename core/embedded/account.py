"""As whom PostgreSQL runs: it refuses root, so root hands it to another user or to a user namespace."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.embedded import userns
from core.embedded.errors import EmbeddedError

_NO_WAY = """PostgreSQL refuses to run as root, and {user} cannot reach {path}.
Put the project into a folder that others may enter, or run it as an ordinary user,
or set DATABASE_URL to a PostgreSQL of your own. (A user namespace was tried: {reason})"""


@dataclass(frozen=True)
class Account:
    """The user a server runs as: ourselves, another user, or root inside a namespace."""

    kind: str  # self, user, userns
    uid: int
    gid: int

    def command(self, arguments: list[str]) -> list[str]:
        """Return the command line that runs these arguments under the account."""
        if self.kind != "userns":
            return arguments
        return [sys.executable, "-I", "-S", userns.__file__, *arguments]

    def popen_options(self) -> dict[str, Any]:
        """Return the subprocess options that switch to the account."""
        if self.kind != "user":
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, folder: Path) -> None:
        """Make the folder if missing, private to the account; never touch its parents."""
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode):  # a link planted in the shared temporary folder
            raise EmbeddedError(f"{folder} is not a folder: remove it.")
        if self.kind == "user" and found.st_uid != self.uid:
            os.chown(folder, self.uid, self.gid)
        elif found.st_uid not in (self.uid, os.geteuid()):
            owner = _name_of(found.st_uid)
            raise EmbeddedError(f"{folder} belongs to {owner}: run as {owner} (or root), or remove it.")
        folder.chmod(0o700)


def choose(data: Path, must_reach: Iterable[Path]) -> Account:
    """Choose the account; the owner of an existing data folder keeps it."""
    if os.geteuid() != 0:
        return Account("self", os.geteuid(), os.getegid())
    wish = os.environ.get("CRM_PG_ROOT", "")
    if wish == "userns":
        return _namespace()
    if data.exists():
        owner = data.stat()
        return Account("user", owner.st_uid, owner.st_gid) if owner.st_uid else _namespace()
    entry = _service_user()
    blocked = next((p for p in must_reach if not reachable(p, entry.pw_uid, entry.pw_gid)), None)
    if blocked is None:
        return Account("user", entry.pw_uid, entry.pw_gid)
    if reason := _namespace_refusal():
        raise EmbeddedError(_NO_WAY.format(user=entry.pw_name, path=blocked, reason=reason))
    return _namespace()


def reachable(path: Path, uid: int, gid: int) -> bool:
    """Say whether the user may enter every folder above the path, by mode bits alone.

    Looks at parents only: the last folder is the server's own and is made private.
    """
    return all(_may_enter(parent.stat(), uid, gid) for parent in path.parents if parent.exists())


def _may_enter(found: os.stat_result, uid: int, gid: int) -> bool:
    if found.st_uid == uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _service_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError("PostgreSQL refuses to run as root, and there is neither user postgres nor nobody.")


def _namespace() -> Account:
    return Account("userns", 0, 0)


def _namespace_refusal() -> str:
    """Return why no user namespace can be made, or nothing when one can."""
    command = [sys.executable, "-I", "-S", userns.__file__, "true"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["unknown reason"])[-1]


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
