"""`migrate`, then the walls between tenants."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

from core import migrating, walls

_TOO_OLD = (
    "This database is of a version too old to go on from: it lacks {steps}. Nothing was changed. "
    "Run migrate with the last version that has these first: docs/running.md, 'From an old version'."
)


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if missing := migrating.missing_steps(connection):
            raise CommandError(_TOO_OLD.format(steps=", ".join(missing)))
        if not walls.ensure_roles(connection):
            self.stderr.write("This login may not create roles: serving as the owner, search will be slower.")
        walls.create_extensions(connection)
        super().handle(*args, **options)
        for statement in walls.build(connection):
            if options["verbosity"] > 1:
                self.stdout.write(statement)
