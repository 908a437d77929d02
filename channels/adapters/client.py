"""The only way adapters speak HTTP: time-outs, size limits, one error type, guarded addresses."""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpcore
import httpx
from django.conf import settings as django_settings
from django.utils.translation import gettext as _

from channels.adapters.base import SendError
from leads.inquiry import File

TIMEOUT = httpx.Timeout(8.0, connect=4.0)
DOWNLOAD_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_ANSWER_BYTES = 4 * 1024 * 1024
MAX_REDIRECTS = 4
PAUSE_S, MAX_PAUSE_S = 60, 3600
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class AddressRefused(OSError):
    """The host resolves to an address that a channel must not reach."""


def is_public_address(address: str) -> bool:
    """Whether an IP address belongs to the open internet, also when it hides in an IPv6 one."""
    try:
        ip = _unwrapped(address)
    except ValueError:
        return False
    return ip.is_global and not ip.is_multicast


def resolve(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Resolve a host, refusing it when any of its addresses is not allowed.

    With `allow_private` only link-local addresses (cloud metadata) are refused.
    """
    infos = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
    for address in addresses:
        if not _is_allowed(address, allow_private=allow_private):
            raise AddressRefused(_("The address of {host} is not allowed.").format(host=host))
    return addresses


def private_hosts_allowed() -> bool:
    """Whether hosts typed into a channel's settings may be private (`CHANNELS_ALLOW_PRIVATE_HOSTS`).

    An own mail server usually is; where strangers are tenants, the operator sets it to False.
    """
    return bool(getattr(django_settings, "CHANNELS_ALLOW_PRIVATE_HOSTS", True))


def open_socket(host: str, port: int, *, timeout: float, allow_private: bool) -> socket.socket:
    """Connect to the very address that was checked, so a second DNS answer can't change it."""
    error: OSError | None = None
    for address in resolve(host, port, allow_private=allow_private):
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as exc:
            error = exc
    raise error or OSError(f"no address for {host}")


class _GuardedBackend(httpcore.SyncBackend):
    """Connects to the checked address; TLS still asks for the name."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = resolve(host, port, allow_private=self._allow_private)
        except OSError as exc:
            raise httpcore.ConnectError(str(exc)) from exc
        error: Exception | None = None
        for address in addresses:  # the first may be IPv6 where there is no IPv6
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                error = exc
        raise error or httpcore.ConnectError(f"no address for {host}")


class _GuardedTransport(httpx.HTTPTransport):
    """Speaks to checked addresses only; with a proxy that is the proxy's, and what it reaches is its own affair."""

    def __init__(self, *, allow_private: bool, root: Path | None, proxy: httpx.Proxy | None = None) -> None:
        super().__init__(verify=_tls(root), trust_env=False, proxy=proxy)
        self._pool._network_backend = _GuardedBackend(allow_private=allow_private)


def _tls(root: Path | None) -> ssl.SSLContext:
    """Trust the usual authorities, and one more where the provider's certificate is of a national one."""
    context = httpx.create_ssl_context()
    if root is not None:
        context.load_verify_locations(cafile=root)
    return context


def open_client(
    *,
    proxy: str = "",
    timeout: httpx.Timeout = TIMEOUT,
    allow_private: bool | None = None,
    root: Path | None = None,
) -> httpx.Client:
    """Make a client for a provider's API. Redirects are never followed by itself.

    `root` is a file with one more certificate authority to trust, for this client only.
    """
    is_private_fine = private_hosts_allowed() if allow_private is None else allow_private
    if proxy:
        return _proxied(proxy, timeout, allow_private=is_private_fine, root=root)
    transport = _GuardedTransport(allow_private=is_private_fine, root=root)
    return httpx.Client(timeout=timeout, transport=transport, trust_env=False)


def _proxied(
    proxy: str, timeout: httpx.Timeout, *, allow_private: bool, root: Path | None = None
) -> httpx.Client:
    try:
        url = httpx.URL(proxy)
        resolve(url.host, url.port or 443, allow_private=allow_private)
        transport = _GuardedTransport(allow_private=allow_private, root=root, proxy=httpx.Proxy(url))
        return httpx.Client(timeout=timeout, transport=transport, trust_env=False)
    except (OSError, ValueError, httpx.InvalidURL, ImportError) as exc:
        raise SendError(
            _("The proxy can't be used: {error}").format(error=_short(exc)), is_permanent=True
        ) from exc


def request(client: httpx.Client, method: str, url: str, **kwargs: Any) -> httpx.Response:
    """Send one request; a network failure becomes SendError, certain or not."""
    try:
        response = client.request(method, url, **kwargs)
    except (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError) as exc:
        raise SendError(
            _("No answer came from {host}.").format(host=_host(url)), is_permanent=False, is_uncertain=True
        ) from exc
    except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, UnicodeError, ValueError) as exc:
        message = _("Could not connect to {host}: {error}").format(host=_host(url), error=_short(exc))
        raise SendError(message, is_permanent=isinstance(exc, httpx.InvalidURL)) from exc
    if len(response.content) > MAX_ANSWER_BYTES:
        raise SendError(_("The answer of {host} is too large.").format(host=_host(url)), is_permanent=True)
    return response


def check_accepted(response: httpx.Response, vendor: str, *, detail: str = "") -> None:
    """Raise SendError unless the provider accepted; `detail` is what it said against it, where it says so."""
    status = response.status_code
    if status in (401, 403):
        raise SendError(_("{vendor} refused the keys: check them.").format(vendor=vendor), is_permanent=True)
    if is_passing(status):
        message = _("{vendor} can't answer now: HTTP {status}.").format(vendor=vendor, status=status)
        raise SendError(message, is_permanent=False, retry_after_s=retry_after_s(response))
    if status >= 300 or detail:
        said = detail or f"HTTP {status}"
        raise SendError(
            _("{vendor} refused: {error}").format(vendor=vendor, error=said[:300]), is_permanent=True
        )


def is_passing(status: int) -> bool:
    """Say whether an answer with this status may be another one later: too slow, too early, too many, broken there."""
    return status in (408, 425, 429) or status >= 500


def retry_after_s(response: httpx.Response) -> int:
    """How long a provider asks to wait, an hour at most; a minute where it does not say."""
    text = response.headers.get("retry-after", "")
    return min(int(text), MAX_PAUSE_S) if text.isdecimal() else PAUSE_S


def read_json(response: httpx.Response) -> dict[str, Any]:
    """Read an API's answer as an object; an empty one when it is something else."""
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def download(
    client: httpx.Client,
    url: str,
    *,
    hosts: Iterable[str] = (),
    max_bytes: int = MAX_FILE_BYTES,
    needs_https: bool = True,
    method: str = "GET",
    data: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> File:
    """Fetch a file, following redirects by hand: each step https, each host allowed.

    `hosts` are allowed names and their subdomains for the first address; empty allows any. The caller
    makes the client with `allow_private=False` when the address came out of a payload. `headers` (a token)
    are told to allowed hosts only, so they go along with a redirect to one and are left behind by any other.
    """
    hosts = tuple(hosts)
    _check_url(url, hosts=hosts, needs_https=needs_https)
    for _step in range(MAX_REDIRECTS + 1):
        try:
            with client.stream(method, url, data=data, headers=headers) as response:
                if response.status_code not in _REDIRECTS:
                    return _read_file(response, max_bytes)
                url = str(response.url.join(response.headers.get("location", "")))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as exc:
            message = _("Could not fetch the file: {error}").format(error=_short(exc))
            raise SendError(message, is_permanent=False) from exc
        method, data = "GET", None
        _check_url(url, hosts=(), needs_https=needs_https)
        if not _is_among((urllib.parse.urlsplit(url).hostname or "").rstrip("."), hosts):
            headers = None
    raise SendError(_("The file's address redirects without end."), is_permanent=True)


def download_public(
    url: str,
    *,
    hosts: Iterable[str] = (),
    max_bytes: int = MAX_FILE_BYTES,
    headers: Mapping[str, str] | None = None,
) -> File:
    """Fetch a file whose address came in a payload: https only, public addresses only, each redirect too."""
    with open_client(timeout=DOWNLOAD_TIMEOUT, allow_private=False) as client:
        return download(client, url, hosts=hosts, max_bytes=max_bytes, headers=headers)


def download_media(url: str, *, hosts: Iterable[str], proxy: str = "", root: Path | None = None) -> File:
    """Fetch what an event linked: from the provider's own hosts only, through the channel's proxy if it has one.

    A proxy is where its owner put it, so it may be private; what it reaches is out of our hands.
    """
    is_private_fine = None if proxy else False
    with open_client(
        proxy=proxy, timeout=DOWNLOAD_TIMEOUT, allow_private=is_private_fine, root=root
    ) as client:
        return download(client, url, hosts=hosts)


def _read_file(response: httpx.Response, max_bytes: int) -> File:
    if response.status_code != httpx.codes.OK:
        is_gone = response.status_code >= 400 and not is_passing(response.status_code)
        message = _("The file can't be fetched: HTTP {status}.").format(status=response.status_code)
        raise SendError(message, is_permanent=is_gone)
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > max_bytes:
            raise SendError(_("The file is larger than allowed."), is_permanent=True)
        chunks.append(chunk)
    name = urllib.parse.unquote(response.url.path.rsplit("/", 1)[-1])
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return File(name=name, content_type=content_type or "application/octet-stream", data=b"".join(chunks))


def _check_url(url: str, *, hosts: Iterable[str], needs_https: bool) -> None:
    parts = urllib.parse.urlsplit(url)
    host = (parts.hostname or "").lower().rstrip(".")
    allowed = tuple(hosts)
    is_scheme_fine = parts.scheme == "https" or (not needs_https and parts.scheme == "http")
    is_host_fine = bool(host) and (not allowed or _is_among(host, allowed))
    if not is_scheme_fine or not is_host_fine or parts.username is not None:
        raise SendError(_("The file's address is not allowed."), is_permanent=True)


def _is_among(host: str, allowed: Iterable[str]) -> bool:
    return any(host == name or host.endswith("." + name) for name in allowed)


def _is_allowed(address: str, *, allow_private: bool) -> bool:
    if is_public_address(address):
        return True
    ip = _unwrapped(address)
    return allow_private and not (ip.is_link_local or ip.is_multicast or ip.is_unspecified)


def _unwrapped(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Parse an address; of an IPv4 one inside IPv6 (mapped, 6to4, NAT64) take the inner one."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _host(url: str) -> str:
    try:
        return urllib.parse.urlsplit(url).hostname or url[:100]
    except ValueError:
        return url[:100]


def _short(exc: Exception) -> str:
    return (str(exc) or type(exc).__name__)[:300]
