"""What records hold in custom fields is kept in an index that lists are ordered and searched by."""

from django.db import migrations

from tenants.migrations._field_values import kept_of


class Migration(migrations.Migration):
    dependencies = [("deals", "0005_payments"), ("tenants", "0006_field_visibility")]

    operations = [*kept_of("deals_deal")]
