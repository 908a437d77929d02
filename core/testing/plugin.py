"""pytest plugin: starts the tests' own servers before Django is set up. Loaded by `-p` in pytest.ini."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import IO

import pytest

from core import catalogues, collecting
from core.embedded import paths, servers

_hold: IO[bytes] | None = None


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Point the environment at the tests' servers before pytest-django reads the settings."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _choose_servers()
        catalogues.compile_stale(paths.ROOT / "locale")
    # Redis has no databases to copy: keys and channels of each worker carry its name.
    os.environ["REDIS_NAMESPACE"] = f"test_{os.getpid()}_{worker or 'main'}"
    os.environ.setdefault("STATIC_MANIFEST", "0")  # pages must render without collectstatic
    return (yield)


def _choose_servers() -> None:
    """Use the servers named by TEST_DATABASE_URL and TEST_REDIS_URL, or the usual names, else var/test."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        if special := os.environ.get(f"TEST_{name}"):
            os.environ[name] = special
    var = paths.var_dir() / "test"
    (var / "static").mkdir(parents=True, exist_ok=True)
    os.environ["CRM_VAR_DIR"] = str(var)
    os.environ["STATIC_MANIFEST"] = "0"  # nothing is collected for tests


def pytest_configure(config: pytest.Config) -> None:
    """Register our fixtures after pytest-django's, which they replace."""
    from core.testing import fixtures

    config.pluginmanager.register(fixtures, "crm-fixtures")
    _steady_searches(config)


def _steady_searches(config: pytest.Config) -> None:
    """Let property tests try the same inputs every time, so that a check of one commit does not depend on luck.

    New inputs are searched for with a seed: `./run test --hypothesis-seed=$RANDOM`.
    """
    from hypothesis import settings

    settings.register_profile("steady", derandomize=True, database=None)
    has_seed = config.getoption("--hypothesis-seed", default=None) is not None
    if not has_seed and config.getoption("--hypothesis-profile", default=None) is None:
        settings.load_profile("steady")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the browser's tests: they are the longest, and workers that have nothing left take over from their end."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Everything is imported by now."""
    collecting.settle()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers and build the template once, before xdist starts its workers."""
    global _hold
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if servers.wanted():
        _hold = servers.start(throwaway=True)
    from pytest_django.plugin import blocking_manager_key

    from core.testing import databases

    with config.stash[blocking_manager_key].unblock():
        databases.prepare()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the servers; another run in the same checkout may still use them."""
    global _hold
    if _hold is not None:
        hold, _hold = _hold, None
        servers.leave(hold)
