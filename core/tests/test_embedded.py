"""The bundled servers: started by the first, joined by the next, stopped by the last, whatever was killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import redis
from kombu import Connection

from core.embedded import account, paths, postgres, servers, valkey
from core.embedded.errors import EmbeddedError

HOLD = """
import sys
from core.embedded import servers
with servers.running():
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def folder():
    """A folder that an unprivileged user may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="crm-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def own(folder, monkeypatch):
    """Point the environment at servers of our own, never at the test run's."""
    return point_at(folder / "var", monkeypatch)


def point_at(var, monkeypatch):
    monkeypatch.setenv("CRM_VAR_DIR", str(var))
    for name in ("DATABASE_URL", "REDIS_URL", "CRM_PG_ROOT"):
        monkeypatch.delenv(name, raising=False)
    return var


def value(sql, database="crm", user=postgres.SUPERUSER):
    with contextlib.closing(postgres.connect(database, user)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_servers_are_started_by_the_first_and_stopped_by_the_last(own):
    with servers.running(throwaway=True):
        other = subprocess.Popen(
            [sys.executable, "-c", HOLD],
            cwd=paths.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert other.stdout.readline() == "up\n"
    assert postgres.answers() and valkey.answers()
    other.communicate("", timeout=10)
    assert not postgres.answers() and not valkey.answers()


def test_servers_of_a_killed_user_are_stopped_by_the_next(own):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=paths.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "up\n"
        other.kill()
    assert postgres.answers()
    with servers.running(throwaway=True):
        assert postgres.answers()
    assert not postgres.answers()


def test_servers_replaced_by_urls_are_left_alone(monkeypatch, own):
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example.org/crm")
    assert servers.wanted() == [valkey]
    monkeypatch.setenv("REDIS_URL", "redis://redis.example.org/0")
    assert servers.wanted() == []


@pytest.mark.parametrize("login", ["crm_app", "crm_owner"])
def test_postgres_logins_cannot_bypass_row_security(own, login):
    with servers.running(throwaway=True):
        bypasses = value(f"SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = '{login}'")
        assert bypasses is False
        assert value("SELECT session_user", user=login) == login


def test_postgres_folds_and_splits_russian(own):
    with servers.running(throwaway=True):
        assert value("SELECT lower('ЁЖ') = 'ёж' AND 'Договор' ILIKE 'дОГ%'")
        assert value("SELECT similarity('ДОГОВОР', 'договор') = 1")
        assert value("SELECT count(*) FROM pg_extension WHERE extname IN ('pg_trgm', 'btree_gin')") == 2


def test_postgres_recovers_when_its_postmaster_was_killed(own):
    with servers.running():
        os.kill(postgres._postmaster_pid(postgres.data_dir()), signal.SIGKILL)
        postgres.start()
        assert value("SELECT 1") == 1


def test_postgres_ignores_a_stale_pid_file_naming_a_stranger(own):
    with servers.running(throwaway=True):
        pass
    (postgres.data_dir() / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data_dir()}\n")
    with servers.running(throwaway=True):
        assert value("SELECT 1") == 1


def test_postgres_refuses_the_folder_of_another_version(own):
    version = postgres.data_dir() / "PG_VERSION"
    kept = version.read_text()
    version.write_text("12\n")
    try:
        with pytest.raises(EmbeddedError, match="PostgreSQL 12"), servers.running():
            pass
    finally:
        version.write_text(kept)


def test_postgres_starts_after_an_interrupted_initdb(folder, monkeypatch):
    var = point_at(folder / "interrupted", monkeypatch)
    (var / "postgres.new").mkdir(parents=True)
    (var / "postgres.new" / "PG_VERSION").write_text("18\n")
    with servers.running(throwaway=True):
        assert value("SELECT 1") == 1


def test_servers_start_below_a_long_path(folder, monkeypatch):
    point_at(folder / ("long-" * 30) / "var", monkeypatch)
    assert paths.socket_dir().parent == Path("/tmp")
    with servers.running(throwaway=True):
        assert value("SELECT 1") == 1
        assert valkey.answers()
    assert not paths.socket_dir().exists()


@pytest.mark.parametrize("name", ["Мой CRM 50%", "comma,"])
def test_servers_start_below_an_odd_path(folder, monkeypatch, name):
    point_at(folder / name, monkeypatch)
    with servers.running(throwaway=True):
        assert value("SELECT 1") == 1
        assert redis.Redis.from_url(paths.valkey_url(1)).ping()
        with Connection(paths.broker_url(paths.valkey_url(1)), connect_timeout=1) as broker:
            broker.SimpleQueue("bell").put("ding")
        assert redis.Redis.from_url(paths.valkey_url(1)).llen("bell") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_servers_start_as_root_where_nobody_else_may_enter(folder, monkeypatch):
    locked = folder / "locked"
    locked.mkdir(mode=0o700)
    point_at(locked / "var", monkeypatch)
    with servers.running(throwaway=True):
        assert value("SELECT 1") == 1
        assert postgres.data_dir().stat().st_uid == 0
    assert locked.stat().st_mode & 0o777 == 0o700


def test_account_refuses_a_folder_that_is_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(EmbeddedError, match="not a folder"):
        account.Account("self", os.geteuid(), os.getegid()).own(tmp_path / "link")


def test_account_reaches_only_what_mode_bits_allow(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir(mode=0o711)
    tmp_path.chmod(0o700)
    assert account.reachable(inner / "file", os.geteuid(), os.getegid())
    assert not account.reachable(inner / "file", 54321, 54321)


def test_valkey_keeps_its_keys_when_killed(own):
    with servers.running():
        assert valkey.ask("SET queued yes") == "+OK"
        time.sleep(1.1)  # the append-only file is written out every second
        os.kill(valkey._pid(), signal.SIGKILL)
        while valkey.answers():
            time.sleep(0.01)
        valkey.start()
        assert valkey.ask("EXISTS queued") == ":1"
        assert valkey.ask("CONFIG GET maxmemory-policy") == "*2"


def test_servers_that_died_while_held_are_started_again(own):
    with servers.running():
        assert servers.revive() == []
        os.kill(postgres._postmaster_pid(postgres.data_dir()), signal.SIGKILL)
        os.kill(valkey._pid(), signal.SIGKILL)
        while not (postgres.is_gone() and valkey.is_gone()):
            time.sleep(0.01)
        assert servers.revive() == ["PostgreSQL", "Valkey"]
        assert value("SELECT 1") == 1
        assert valkey.answers()
    assert postgres.is_gone() and valkey.is_gone()


def test_secret_is_made_once_and_private(own):
    first = paths.local_secret()
    assert paths.local_secret() == first
    assert len(first) > 50
    assert (own / "secret-key").stat().st_mode & 0o777 == 0o600
