"""Where the bundled servers live. Only computes: settings import this, and nothing starts because of it."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"
DEFAULT_PORT = 8000
DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}"
# sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL included.
_LONGEST_SOCKET = 103


def var_dir() -> Path:
    """Return the folder of everything this installation keeps: CRM_VAR_DIR, else <root>/var."""
    chosen = os.environ.get("CRM_VAR_DIR")
    return Path(chosen).resolve() if chosen else ROOT / "var"


def socket_dir() -> Path:
    """Return the folder of the servers' sockets: under var, or a short one when that path won't do."""
    wanted = var_dir() / "sock"
    is_short = len(os.fsencode(wanted / POSTGRES_SOCKET)) <= _LONGEST_SOCKET
    if is_short and "," not in str(wanted):  # libpq takes a comma for the end of a host
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return _temporary_root() / f"crm-{os.getuid()}-{digest}"


def _temporary_root() -> Path:
    # Two shells with different TMPDIR must still find the same server, so /tmp comes first.
    shared = Path("/tmp")
    return shared if shared.is_dir() else Path(tempfile.gettempdir())


def postgres_settings(role: str, database: str = "crm") -> dict[str, Any]:
    """Return the Django DATABASES entry for a login role of the bundled server."""
    return {
        "ENGINE": "core.postgres",
        "NAME": database,
        "USER": role,
        "PASSWORD": "",
        "HOST": str(socket_dir()),
        "PORT": "5432",
    }


def postgres_url(role: str, database: str = "crm") -> str:
    """Return the same as a URL that libpq and psql understand."""
    return f"postgres://{role}@/{database}?host={quote(str(socket_dir()), safe='')}"


def valkey_socket() -> Path:
    """Return the socket of the bundled Valkey."""
    return socket_dir() / VALKEY_SOCKET


def valkey_url(db: int = 0) -> str:
    """Return the bundled Valkey's address as redis-py and Django spell it."""
    return f"unix://{quote(str(valkey_socket()))}?db={db}"


def broker_url(redis_url: str) -> str:
    """Return a Redis address as Celery spells it: the same, but for sockets."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    db = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={db}"


def served_note() -> Path:
    """Return the file in which `manage.py up`, while it runs, keeps the address it serves and holds a lock."""
    return var_dir() / "up.lock"


def served_url() -> str:
    """Return where this installation is served: what `up` noted, else its default address."""
    try:
        return served_note().read_text().strip() or DEFAULT_URL
    except OSError:
        return DEFAULT_URL


def local_secret() -> str:
    """Return this installation's random secret, kept in var/secret-key, made at the first call."""
    path = var_dir() / "secret-key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return _make_secret(path)


def _make_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    scratch.touch(mode=0o600)
    scratch.write_text(secrets.token_urlsafe(50) + "\n")
    try:
        os.link(scratch, path)  # two first starts at once: one wins, both read the winner's
    except FileExistsError:
        pass
    finally:
        scratch.unlink()
    return path.read_text().strip()
