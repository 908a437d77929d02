import socket
import threading

import httpx
import pytest
import respx

from channels.adapters import client as web
from channels.adapters.base import SendError

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "not an address",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known(address):
    assert not web.is_public_address(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "149.154.167.220", "2001:67c:4e8::1", "::ffff:8.8.8.8"])
def test_public_addresses_are_known(address):
    assert web.is_public_address(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a",
        "https://127.0.0.1/a",
        "https://2130706433/a",
        "https://0x7f.1/a",
        "https://017700000001/a",
        "https://[::1]/a",
        "https://[::ffff:127.0.0.1]/a",
        "https://localhost/a",
        "https://user:pass@example.com/a",
        "ftp://example.com/a",
        "file:///etc/passwd",
        "https:///a",
        "//example.com/a",
        "",
        "https://exa mple/",
    ],
)
def test_download_of_a_payloads_address_refuses_what_is_not_public_https(url):
    with pytest.raises(SendError):
        web.download_public(url)


def test_download_is_limited_to_allowed_hosts():
    with respx.mock as router:
        router.get("https://cdn.vendor.ru/f").mock(return_value=httpx.Response(200, content=b"x"))
        assert web.download_public("https://cdn.vendor.ru/f", hosts=["vendor.ru"]).data == b"x"
        for url in ("https://vendor.ru.evil.com/f", "https://evilvendor.ru/f"):
            with pytest.raises(SendError, match="not allowed"):
                web.download_public(url, hosts=["vendor.ru"])


def test_download_stops_at_the_size_limit_and_at_endless_redirects():
    with respx.mock as router:
        router.get("https://v.ru/big").mock(return_value=httpx.Response(200, content=b"x" * 1001))
        with pytest.raises(SendError, match="larger"):
            web.download_public("https://v.ru/big", max_bytes=1000)
        router.get("https://v.ru/loop").mock(return_value=httpx.Response(302, headers={"location": "/loop"}))
        with pytest.raises(SendError, match="without end"):
            web.download_public("https://v.ru/loop")


@pytest.fixture
def own_port():
    """A listener that counts connections."""
    server = socket.create_server(("127.0.0.1", 0))
    hits = []

    def serve():
        while True:
            try:
                connection, _peer = server.accept()
            except OSError:
                return
            hits.append(1)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1], hits
    server.close()


def test_private_host_is_refused_before_a_connection_is_made(own_port):
    port, hits = own_port
    with web.open_client(allow_private=False) as client, pytest.raises(SendError, match="not allowed"):
        web.request(client, "GET", f"http://127.0.0.1:{port}/")
    assert hits == []
    with web.open_client(allow_private=True) as client:
        assert web.request(client, "GET", f"http://127.0.0.1:{port}/").text == "ok"
    assert hits == [1]


def test_second_dns_answer_cannot_change_the_checked_address(own_port, monkeypatch):
    port, hits = own_port
    answers = iter(["8.8.8.8", "127.0.0.1", "127.0.0.1"])
    connected = []

    def resolve(host, *args, **kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address, *args, **kwargs):
        connected.append(address[0])
        raise OSError("no route")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with web.open_client(allow_private=False) as client, pytest.raises(SendError):
        web.request(client, "GET", f"http://rebinding.test:{port}/")
    assert connected == ["8.8.8.8"]
    assert hits == []


def test_proxy_is_spoken_to_at_the_checked_address(own_port, monkeypatch):
    port, hits = own_port
    with web.open_client(proxy=f"http://127.0.0.1:{port}", allow_private=True) as client:
        assert web.request(client, "GET", "http://api.vendor.test/").text == "ok"
    assert hits == [1]
    answers = iter(["8.8.8.8", "8.8.8.8", "127.0.0.1"])
    connected = []
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *args, **kwargs: [(socket.AF_INET, 1, 6, "", (next(answers), port))]
    )

    def connect(address, *args, **kwargs):
        connected.append(address[0])
        raise OSError("no route")

    monkeypatch.setattr(socket, "create_connection", connect)
    with (
        web.open_client(proxy=f"http://rebinding.test:{port}", allow_private=False) as client,
        pytest.raises(SendError),
    ):
        web.request(client, "GET", "https://api.vendor.test/")
    assert connected == ["8.8.8.8"]


def test_metadata_addresses_are_refused_even_where_private_hosts_are_fine():
    with pytest.raises(OSError, match="not allowed"):
        web.resolve("169.254.169.254", 80, allow_private=True)


def test_operator_can_forbid_private_hosts(settings_of_django):
    assert web.private_hosts_allowed()
    settings_of_django.CHANNELS_ALLOW_PRIVATE_HOSTS = False
    assert not web.private_hosts_allowed()
    with web.open_client() as client, pytest.raises(SendError, match="not allowed"):
        web.request(client, "GET", "http://127.0.0.1:9/")


@pytest.fixture
def settings_of_django():
    from django.test import override_settings

    with override_settings(CHANNELS_ALLOW_PRIVATE_HOSTS=True):
        from django.conf import settings

        yield settings
