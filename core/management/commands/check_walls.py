"""Check both walls between tenants in this installation; name every hole."""

from __future__ import annotations

from typing import Any

from celery import current_app
from django.apps import apps
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from core import roles, wall_checks


class Command(BaseCommand):
    help = "Check both walls between tenants; exits with 1 when anything is open."

    def handle(self, *args: Any, **options: Any) -> None:
        current_app.loader.import_default_modules()
        problems = [
            *wall_checks.model_problems(apps.get_models()),
            *wall_checks.task_problems(current_app.tasks.items()),
            *wall_checks.cache_problems(cache),
        ]
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user = %s", [roles.APP])
            has_roles = cursor.fetchone()[0]
            problems += wall_checks.role_problems(cursor, is_owner_allowed=not has_roles)
            problems += wall_checks.database_problems(cursor)
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"{len(problems)} open.")
        self.stdout.write("Both walls stand.")
