"""`migrate`, then the walls between tenants."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections

from core import walls


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if not walls.ensure_roles(connection):
            self.stderr.write("This login may not create roles: serving as the owner, search will be slower.")
        walls.create_extensions(connection)
        super().handle(*args, **options)
        for statement in walls.build(connection):
            if options["verbosity"] > 1:
                self.stdout.write(statement)
