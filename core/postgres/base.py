"""PostgreSQL backend that puts on its role at connect time.

A role that bypasses row-level security is never used to serve: with the bundled servers and in
production the login already is the right role; with a plain DATABASE_URL the login is usually an
owner or a superuser, and then the session assumes crm_app (or crm_owner for migrations) if it may.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base

from core.postgres.schema import SchemaEditor

# Pages ask small questions that join many small tables. Measured on the lead list, eleven joins: weighing every
# order of them took 7 ms of planning and found no better one than the written order of all but four, 2 ms;
# compiling a query to machine code takes longer than any query of a page. The cost of a random page is that of
# disks without moving parts: with the default of 4, reports read whole tables beside indexes that hold all they ask.
_PLANNER = {"join_collapse_limit": "4", "jit": "off", "random_page_cost": "1.1"}
_PUT_ON_ROLE = """
SELECT rolname FROM pg_roles
WHERE rolname = %s AND rolname <> current_user AND pg_has_role(session_user, oid, 'MEMBER')
"""


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        params.pop("assume_role_if_member", None)
        return params

    def _configure_role(self, connection: Any) -> bool:
        role = self.settings_dict["OPTIONS"].get("assume_role_if_member")
        with connection.cursor() as cursor:
            if role:
                cursor.execute(_PUT_ON_ROLE, [role])
                if cursor.fetchone():
                    cursor.execute(f'SET ROLE "{role}"')
                self._refuse_bypass(cursor, role)
            if self.alias == "default":
                self._set_timeouts(cursor)
                for name, value in _PLANNER.items():
                    cursor.execute(f"SET {name} = {value}")
        return True

    def _refuse_bypass(self, cursor: Any, role: str) -> None:
        if role != "crm_app":
            return
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            raise ImproperlyConfigured(
                "The database login bypasses row-level security and role crm_app does not exist yet: "
                "run './run manage migrate' with it once."
            )

    @staticmethod
    def _set_timeouts(cursor: Any) -> None:
        if settings.STATEMENT_TIMEOUT_MS:
            cursor.execute("SET statement_timeout = %s", [settings.STATEMENT_TIMEOUT_MS])
        if settings.IDLE_IN_TRANSACTION_TIMEOUT_MS:
            cursor.execute(
                "SET idle_in_transaction_session_timeout = %s", [settings.IDLE_IN_TRANSACTION_TIMEOUT_MS]
            )
