"""Give the roles that every tenant starts with their rights to mailings, where nobody has set any."""

import json

from django.db import migrations

ACTIONS = ("view", "add", "edit", "delete", "export")
SCOPES = {"head": "department", "manager": "own", "marketer": "all"}


def grant(apps, schema_editor):
    """Fill the roles of every tenant; the policies let through one tenant at a time."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id FROM tenants_tenant ORDER BY id")
        for (tenant,) in cursor.fetchall():
            cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant)])
            for code, scope in SCOPES.items():
                grants = json.dumps({"mailings": dict.fromkeys(ACTIONS, scope)})
                cursor.execute(
                    "UPDATE tenants_role SET grants = grants || %s::jsonb"
                    " WHERE tenant_id = %s AND code = %s AND NOT grants ? 'mailings'",
                    [grants, tenant, code],
                )
        cursor.execute("SELECT set_config('app.tenant_id', '', true)")


class Migration(migrations.Migration):
    dependencies = [("tenants", "0007_letter_attachment")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
