"""Somebody else's website: served from another origin, with styles and a policy of its own."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# Styles that would spoil a widget they reached.
STYLE = (
    "button { display: none !important; background: red; font-size: 40px } p, h2, input { margin: 50px; float: right }"
    " * { letter-spacing: 4px }"
)


@dataclass
class Website:
    """Pages by path; `allowed` are the addresses that its policy lets scripts come from and talk to."""

    url: str
    allowed: tuple[str, ...]
    pages: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, code: str, *, lang: str = "en", body: str = "") -> str:
        """Make a page with the code on it; return its address."""
        self.pages[path] = (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A shop</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"></head>'
            f"<body><h1>A shop</h1>{body}{code}</body></html>"
        )
        return self.url + path


@contextlib.contextmanager
def serving(crm_url: str) -> Iterator[Website]:
    """Serve a website from `localhost` until the block ends; the product is at 127.0.0.1."""
    parts = urlsplit(crm_url)
    live = f"http://{parts.hostname}:*"

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            is_style = path == "/style.css"
            page = STYLE if is_style else website.pages.get(path)
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", f"text/{'css' if is_style else 'html'}; charset=utf-8")
            allowed = " ".join(website.allowed)
            policy = f"default-src 'self'; script-src {allowed}; connect-src {allowed}; img-src 'self' data:"
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, *_args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    website = Website(f"http://localhost:{server.server_address[1]}", (crm_url, live))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield website
    finally:
        server.shutdown()
        server.server_close()
