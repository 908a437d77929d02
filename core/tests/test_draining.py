"""What a client sends is read to its end, but not for ever."""

from __future__ import annotations

import io

from core import draining


def call(stream, **environ):
    answered = draining.Draining(lambda _environ, _start: [b"no"])
    return answered({"wsgi.input": stream, **environ}, None)


def test_what_the_view_left_unread_is_read():
    stream = io.BytesIO(b"x" * 1_000_000)
    assert call(stream, **{"wsgi.input_terminated": True}) == [b"no"]
    assert stream.read() == b""


def test_stream_without_an_end_is_left_alone():
    stream = io.BytesIO(b"x")
    call(stream)
    assert stream.read() == b"x"


def test_endless_body_is_not_read_for_ever(monkeypatch):
    class Endless:
        taken = 0

        def read(self, size):
            self.taken += size
            return b"x" * size

    stream = Endless()
    call(stream, **{"wsgi.input_terminated": True})
    assert stream.taken <= draining.MAX_BYTES + 100_000


def test_client_that_went_away_is_no_error():
    class Gone:
        def read(self, size):
            raise ConnectionResetError

    assert call(Gone(), **{"wsgi.input_terminated": True}) == [b"no"]
