#!/usr/bin/env python
"""Django's command line, with the bundled servers up around it."""

from __future__ import annotations

import os
import signal
import sys

from core import catalogues
from core.embedded import paths, servers
from core.embedded.errors import EmbeddedError

# Commands that touch neither database nor Redis.
WITHOUT_SERVERS = {
    "check",
    "check_translations",
    "collectstatic",
    "compilemessages",
    "help",
    "makemessages",
    "version",
    "--help",
    "--version",
    "-h",
}


def main(arguments: list[str]) -> None:
    """Run one management command; join or start the servers it needs, and stop them if last to leave."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")
    from django.core.management import execute_from_command_line

    catalogues.compile_stale(paths.ROOT / "locale")  # before Django loads a language
    if len(arguments) < 2 or arguments[1] in WITHOUT_SERVERS or {"--help", "-h"} & set(arguments):
        execute_from_command_line(arguments)
        return
    # A terminated command must still let go of the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with servers.running():
            execute_from_command_line(arguments)
    except EmbeddedError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main(sys.argv)
