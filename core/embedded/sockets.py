"""Unix sockets of the bundled servers, asked without a client library."""

from __future__ import annotations

import socket
from pathlib import Path


def is_deserted(path: Path) -> bool:
    """Say whether nobody listens at a socket; a server that is busy or still starting does listen."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(1)
        try:
            link.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return True
        except OSError:
            return False
    return False
