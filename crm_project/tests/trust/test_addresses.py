"""Addresses that tenants type in or strangers send: none of them makes us speak to our own network."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from channels.adapters import ADAPTERS
from channels.adapters import client as web
from channels.adapters.base import OutgoingMessage, SendError
from channels.adapters.mail.imap import MailboxError
from channels.tests.adapters.samples import NOW
from channels.tests.conftest import USUAL
from core.embedded.paths import ROOT

# Ourselves and our neighbours, spelled in every way that a resolver or a socket understands.
HOSTS = (
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "0.0.0.0", "localhost", "[::1]", "[::]",
    "[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fd00::1]", "10.0.0.1",
    "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "[fe80::1]", "inside.example", "first-outside.example",
)  # fmt: skip
METADATA = ("169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "metadata.example")
NAMES = {"inside.example": ["10.0.0.5"], "metadata.example": ["169.254.169.254"]}
OUTSIDE = "8.8.8.8"
ADDRESS_FIELDS = {"base_url", "api_url", "proxy", "host", "imap_host", "smtp_host", "allowed_sites"}
WITH_ADDRESS = [kind for kind, a in ADAPTERS.items() if ADDRESS_FIELDS & {field.name for field in a.fields}]


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every address a socket was opened to; none is. Names resolve as here, and otherwise at the second time."""
    found: list[str] = []
    asked: dict[str, int] = {}

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        name = str(host)
        asked[name] = asked.get(name, 0) + 1
        if name == "first-outside.example":
            answers = [OUTSIDE] if asked[name] % 2 else ["127.0.0.1"]
        else:
            answers = NAMES.get(name) or [_numeric(name) or OUTSIDE]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in answers
        ]

    def connect(address: Any, *args: Any, **kwargs: Any) -> Any:
        found.append(str(address[0]))
        raise OSError("no network in this test")

    context = ssl.create_default_context()
    monkeypatch.setattr(web, "_tls", lambda root: context)  # a tenth of a second each
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    yield found


def _numeric(name: str) -> str:
    """What the C library makes of a number, be it decimal, octal or hexadecimal."""
    if name == "localhost":
        return "127.0.0.1"
    if ":" in name:
        return name
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return ""


def everything_an_adapter_does(kind: str, keys: dict[str, Any], ref: str) -> Iterator[Callable[[], Any]]:
    """All that goes out by a channel's settings, and the fetching of what an event names."""
    adapter = ADAPTERS[kind]
    message = OutgoingMessage(text="x", thread_key="1", recipient="a@b.example")
    yield lambda: adapter.check(keys, "https://crm.example/hooks/x/t")
    yield lambda: adapter.learn(keys)
    yield lambda: adapter.keep_alive(keys, "https://crm.example/hooks/x/t")
    yield lambda: adapter.send(message, keys)
    yield lambda: adapter.start_call(
        extension="101", phone="79161112233", line="", command_id="c", settings=keys
    )
    yield lambda: adapter.send_sms(phone="79161112233", text="x", settings=keys)
    yield lambda: adapter.poll(keys, NOW)
    yield lambda: adapter.fetch_file(ref, keys)


def settings_of(kind: str, host: str) -> dict[str, Any]:
    """A channel that is set up, all of whose addresses are this host."""
    keys = {field.name: field.default for field in ADAPTERS[kind].fields} | USUAL.get(kind, {})
    bare = host.strip("[]")
    for name in ADDRESS_FIELDS & set(keys):
        has_scheme = name in ("base_url", "api_url", "proxy")
        keys[name] = f"http://{host}:8000" if has_scheme else bare
    return keys | {"proxy": ""}


def run_all(kind: str, keys: dict[str, Any], ref: str) -> None:
    for act in everything_an_adapter_does(kind, keys, ref):
        try:
            act()
        except (SendError, MailboxError, OSError):
            continue


@pytest.mark.parametrize("kind", ADAPTERS)
def test_no_setting_leads_into_our_network_where_it_is_forbidden(
    reached: list[str], settings: Any, kind: str
) -> None:
    settings.CHANNELS_ALLOW_PRIVATE_HOSTS = False
    for host in HOSTS:
        run_all(kind, settings_of(kind, host), f"https://{host}/file")
        if "proxy" in {field.name for field in ADAPTERS[kind].fields}:
            run_all(
                kind,
                settings_of(kind, "api.example") | {"proxy": f"http://{host}:3128"},
                "https://cdn.example/file",
            )
    assert {address for address in reached if not web.is_public_address(address)} == set()


@pytest.mark.parametrize("kind", WITH_ADDRESS)
def test_no_setting_leads_to_a_clouds_metadata(reached: list[str], settings: Any, kind: str) -> None:
    settings.CHANNELS_ALLOW_PRIVATE_HOSTS = True
    for host in METADATA:
        run_all(kind, settings_of(kind, host), f"https://{host}/file")
    assert {address for address in reached if not web._is_allowed(address, allow_private=True)} == set()


def test_settings_are_tried_at_all(reached: list[str], settings: Any) -> None:
    """The same walk reaches a public host: it is the guard that stops the others, not a missing setting."""
    settings.CHANNELS_ALLOW_PRIVATE_HOSTS = False
    silent = []
    for kind in WITH_ADDRESS:
        reached.clear()
        run_all(kind, settings_of(kind, "8.8.4.4"), "https://8.8.4.4/file")
        if "8.8.4.4" not in reached:
            silent.append(kind)
    assert silent == []


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_named_by_a_stranger_is_fetched_from_our_network(reached: list[str], host: str) -> None:
    for url in (
        f"https://{host}/a",
        f"https://{host}:8000/a",
        f"https://user@{host}/a",
        f"HTTPS://{host.upper()}/a",
    ):
        with pytest.raises(SendError):
            web.download_public(url)
    assert {address for address in reached if not web.is_public_address(address)} == set()


# Where we speak to somebody without the guard: to ourselves, or by an operator's own command.
UNGUARDED = {
    "channels/adapters/client.py",  # the guard
    "channels/services/setup.py",  # our own address, as the settings of the installation have it
    "channels/samples.py",  # `manage post_sample` to our own address
    "core/embedded/sockets.py",  # the bundled servers
    "core/management/commands/up.py",  # asks its own /readyz
    "tenants/rates/bank.py",  # one address, written there; redirects are not followed
}
SPEAKS = re.compile(
    r"httpx\.(?:get|post|put|head|options|request|stream|Client|AsyncClient)\(|urlopen\(|\brequests\.\w+\("
    r"|socket\.create_connection\(|imaplib\.IMAP4(?:_SSL)?\(|http\.client\.HTTPS?Connection\(|aiohttp"
)


def test_nothing_speaks_to_others_past_the_guard() -> None:
    speaking = set()
    for path in ROOT.glob("*/**/*.py"):
        name = str(path.relative_to(ROOT))
        is_ours = not {"tests", "testing", "browser", "bench", "node_modules", "var"} & set(Path(name).parts)
        if is_ours and not name.startswith(".") and SPEAKS.search(path.read_text()):
            speaking.add(name)
    assert speaking - UNGUARDED == set()
    assert "channels/adapters/client.py" in speaking
