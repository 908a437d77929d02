"""A real Dovecot for tests: any user with the password `secret` is a new mailbox.

from channels.tests.adapters.dovecot import dovecot  # noqa: F401 (fixture)

def test_something(dovecot):
    box = dovecot.mailbox()
    box.append(b"From: …")
    settings = box.settings
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import getpass
import imaplib
import os
import pathlib
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from imap_tools.imap_utf7 import utf7_encode

PASSWORD = "secret"
CONF = """
base_dir = {dir}/run
state_dir = {dir}/run
log_path = {dir}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{dir}/mail/%u
first_valid_uid = 1
mail_uid = {user}
mail_gid = {group}
auth_mechanisms = plain login
auth_failure_delay = 0
{internal}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={dir}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Отправленные {{
    auto = create
  }}
}}
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  {chroot}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
mail_max_userip_connections = 50
imap_idle_notify_interval = 30 s
"""


@dataclasses.dataclass(frozen=True)
class TestMailbox:
    """One user of the test server."""

    __test__ = False
    user: str
    imap_port: int
    lmtp_port: int

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of an e-mail channel that reads this mailbox."""
        return {
            "address": self.user,
            "username": self.user,
            "password": PASSWORD,
            "imap_host": "127.0.0.1",
            "imap_port": self.imap_port,
            "imap_security": "none",
        }

    def append(self, raw: bytes, folder: str = "INBOX", when: dt.datetime | None = None) -> None:
        """Put a letter into a folder as it is."""
        with self.client() as imap:
            stamp = imaplib.Time2Internaldate(when) if when else None
            status, answer = imap.append(self._name(folder), "", stamp or "", raw)
            assert status == "OK", answer

    def deliver(self, raw: bytes, sender: str = "client@example.ru") -> None:
        """Deliver a letter by LMTP."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            lmtp.sendmail(sender, [self.user], raw)

    def recreate(self, folder: str) -> None:
        """Delete and make a folder again, so that its UIDVALIDITY changes."""
        with self.client() as imap:
            imap.delete(self._name(folder))
            time.sleep(1.1)  # Dovecot takes the second of creation
            assert imap.create(self._name(folder))[0] == "OK"

    def create(self, folder: str) -> None:
        with self.client() as imap:
            assert imap.create(self._name(folder))[0] == "OK"

    def flags(self, folder: str = "INBOX") -> list[str]:
        with self.client() as imap:
            imap.select(self._name(folder), readonly=True)
            return [line.decode() for line in imap.fetch("1:*", "(FLAGS)")[1] if line]

    @contextlib.contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        imap = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10)
        imap.login(self.user, PASSWORD)
        try:
            yield imap
        finally:
            imap.logout()

    def _name(self, folder: str) -> str:
        return '"' + utf7_encode(folder).decode() + '"'


@dataclasses.dataclass(frozen=True)
class Dovecot:
    """The running server."""

    imap_port: int
    lmtp_port: int

    def mailbox(self, user: str = "") -> TestMailbox:
        """A mailbox nobody used before, or that of a given user."""
        return TestMailbox(user or f"box-{uuid.uuid4().hex[:12]}@test.ru", self.imap_port, self.lmtp_port)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """Start Dovecot on free ports in a folder of its own; skip where it isn't installed."""
    binary = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    if binary is None:
        pytest.skip("dovecot is not installed")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dc-"))  # short: socket paths have a limit
    server = Dovecot(_free_port(), _free_port())
    conf = folder / "dovecot.conf"
    conf.write_text(_configuration(folder, server))
    process = subprocess.Popen(
        [binary, "-F", "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(server.imap_port, process, folder)
        yield server
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _configuration(folder: pathlib.Path, server: Dovecot) -> str:
    """Root serves the mail as `nobody`; anyone else is every user of the server at once."""
    folder.chmod(0o755)
    mail = folder / "mail"
    mail.mkdir()
    user, group, internal, chroot = "nobody", "nogroup", "", ""
    if os.geteuid() == 0:
        account = pwd.getpwnam(user)
        os.chown(mail, account.pw_uid, account.pw_gid)
        group = str(account.pw_gid)
    else:
        user, group = getpass.getuser(), str(os.getgid())
        internal = (
            f"default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}"
        )
        chroot = "chroot ="
    return CONF.format(
        dir=folder,
        user=user,
        group=group,
        internal=internal,
        chroot=chroot,
        imap_port=server.imap_port,
        lmtp_port=server.lmtp_port,
    )


def _wait(port: int, process: subprocess.Popen[bytes], folder: pathlib.Path) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), imaplib.IMAP4("127.0.0.1", port, timeout=5) as imap:
            imap.noop()
            return
        time.sleep(0.1)
    log = folder / "dovecot.log"
    pytest.fail("Dovecot did not start: " + (log.read_text() if log.exists() else "no log"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
