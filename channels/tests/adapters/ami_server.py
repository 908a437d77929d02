"""A manager interface of Asterisk for tests: it checks the login, replays a dialogue, and notes its orders."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from typing import Any

NAME, SECRET = "crm", "s3cret"
RINGING = """\
Event: Newchannel
Privilege: call,all
Channel: PJSIP/megafon-00000030
ChannelState: 4
ChannelStateDesc: Ring
CallerIDNum: {phone}
CallerIDName: <unknown>
ConnectedLineNum: <unknown>
Context: from-trunk
Exten: 74951112233
Priority: 1
Uniqueid: {id}
Linkedid: {id}

Event: Newchannel
Privilege: call,all
Channel: PJSIP/201-00000031
ChannelState: 0
CallerIDNum: 201
ConnectedLineNum: {phone}
Context: from-internal
Exten:\x20
Uniqueid: {id}1
Linkedid: {id}

Event: DialBegin
Privilege: call,all
Channel: PJSIP/megafon-00000030
CallerIDNum: {phone}
Context: macro-dial
Exten: s
Uniqueid: {id}
Linkedid: {id}
DestChannel: PJSIP/201-00000031
DestCallerIDNum: 201
DestUniqueid: {id}1
DestLinkedid: {id}
DialString: 201/sip:201@10.0.0.9
"""
TALK = """\
Event: DialEnd
Privilege: call,all
Channel: PJSIP/megafon-00000030
CallerIDNum: {phone}
Uniqueid: {id}
Linkedid: {id}
DestChannel: PJSIP/201-00000031
DestUniqueid: {id}1
DialStatus: ANSWER

Event: BridgeEnter
Privilege: call,all
BridgeUniqueid: b-1
BridgeTechnology: simple_bridge
BridgeNumChannels: 2
Channel: PJSIP/201-00000031
Uniqueid: {id}1
Linkedid: {id}
"""
END = """\
Event: Hangup
Privilege: call,all
Channel: PJSIP/201-00000031
Uniqueid: {id}1
Linkedid: {id}
Cause: 16

Event: Hangup
Privilege: call,all
Channel: PJSIP/megafon-00000030
CallerIDNum: {phone}
Uniqueid: {id}
Linkedid: {id}
Cause: {cause}
Cause-txt: Normal Clearing
"""


def dialogue(*parts: str, phone: str = "79161112233", call: str = "1795167000.7", cause: int = 16) -> str:
    """Write what a server of version 13 and later tells of one call."""
    return "\n".join(parts).format(phone=phone, id=call, cause=cause)


class _Talk(socketserver.StreamRequestHandler):
    server: Any

    def setup(self) -> None:
        super().setup()
        self._telling = threading.Lock()  # the test tells while an order is being answered

    def handle(self) -> None:
        self.wfile.write(b"Asterisk Call Manager/9.0.0\r\n")
        try:
            while lines := self._order():
                self._answer(lines)
        except OSError:
            return

    def _order(self) -> dict[str, str]:
        told: dict[str, str] = {}
        while line := self.rfile.readline().decode().strip():
            name, _colon, value = line.partition(":")
            told[name.lower()] = value.strip()
        return told

    def _answer(self, order: dict[str, str]) -> None:
        self.server.orders.append(order)
        action = order["action"].lower()
        is_right = (order.get("username"), order.get("secret")) == (NAME, SECRET)
        if action == "login" and not is_right:
            self._say("Response: Error\nMessage: Authentication failed", order)
            return
        if action == "ping" and self.server.is_deaf:
            return
        more = {"coresettings": "\nAsteriskVersion: 20.5.2", "ping": "\nPing: Pong"}.get(action, "")
        self._say(self.server.answers.get(action, "Response: Success") + more, order)
        if action == "login" and order.get("events") != "off":
            self.server.listeners.append(self)
            self.tell("Event: FullyBooted\nPrivilege: system,all\nStatus: Fully Booted\n")

    def _say(self, text: str, order: dict[str, str]) -> None:
        number = f"\nActionID: {order['actionid']}" if "actionid" in order else ""
        self.tell(f"{text}{number}\n")

    def tell(self, text: str) -> None:
        """Send it in two pieces, as networks do."""
        raw = f"{text}\n".replace("\n", "\r\n").encode()
        with self._telling:
            self.wfile.write(raw[: len(raw) // 2])
            self.wfile.flush()
            time.sleep(0.01)
            self.wfile.write(raw[len(raw) // 2 :])


class AmiServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of 127.0.0.1. Use as a context manager."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.orders: list[dict[str, str]] = []
        self.listeners: list[_Talk] = []
        self.answers: dict[str, str] = {}
        self.is_deaf = False
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def settings(self) -> dict[str, Any]:
        return {"host": "127.0.0.1", "port": self.server_address[1], "username": NAME, "password": SECRET}

    def tell(self, text: str) -> None:
        """Tell all who listen."""
        for listener in self.listeners:
            listener.tell(text)

    def hang_up(self) -> None:
        """Break every connection."""
        for listener in self.listeners:
            with contextlib.suppress(OSError):  # gone by itself
                listener.connection.shutdown(socket.SHUT_RDWR)
        self.listeners.clear()

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        super().__exit__(*args)
