import django.db.models.deletion
from django.db import migrations

import core.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0001_initial"),
        ("leads", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="lead",
            name="channel",
            field=core.tenancy.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="leads",
                to="channels.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="dialog",
            field=core.tenancy.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="leads",
                to="channels.dialog",
            ),
        ),
    ]
