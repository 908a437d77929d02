"""Who may start and who stops the bundled servers: two file locks, which the kernel drops after a kill -9.

Every user of the servers holds users.lock shared. Starting and stopping happen under start.lock; whoever
can then take users.lock exclusively was the last one, and stops them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from types import ModuleType
from typing import IO

import psycopg2

from core.embedded import paths, postgres, valkey
from core.embedded.errors import EmbeddedError


def wanted() -> list[ModuleType]:
    """List the servers that no URL in the environment replaces."""
    replaced = {"DATABASE_URL": postgres, "REDIS_URL": valkey}
    return [server for name, server in replaced.items() if not os.environ.get(name)]


@contextlib.contextmanager
def running(*, throwaway: bool = False) -> Iterator[None]:
    """Hold the servers up for the block: start what is missing, join what runs, stop if last to leave."""
    if not wanted():
        yield
        return
    users = start(throwaway=throwaway)
    try:
        yield
    finally:
        leave(users)


def start(*, throwaway: bool = False) -> IO[bytes]:
    """Start or join the servers; return the hold on them, to be handed to leave()."""
    paths.var_dir().mkdir(mode=0o755, parents=True, exist_ok=True)
    users = _lock_file("users.lock")
    with _starting():
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            for server in wanted():
                if not server.answers():
                    server.start(throwaway=throwaway)
        except BaseException:
            users.close()
            raise
    return users


def revive() -> list[str]:
    """Start again what died while it was held, and name it. Raises EmbeddedError."""
    gone = [server for server in wanted() if server.is_gone()]
    if gone:
        with _starting():
            for server in gone:
                _start_again(server)
    return [server.NAME for server in gone]


def _start_again(server: ModuleType) -> None:
    try:
        if not server.answers():
            server.start()
    except psycopg2.Error as error:
        raise EmbeddedError(f"{server.NAME} died and could not be started again: {error}") from error


def leave(users: IO[bytes]) -> None:
    """Let go of the servers, and stop them when nobody else holds them."""
    with users, _starting():
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        for server in wanted():
            server.stop()
        if paths.socket_dir().parent != paths.var_dir():  # a short one: leave nothing in the shared folder
            with contextlib.suppress(OSError):
                paths.socket_dir().rmdir()


@contextlib.contextmanager
def _starting() -> Iterator[None]:
    with _lock_file("start.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _lock_file(name: str) -> IO[bytes]:
    return (paths.var_dir() / name).open("ab")
