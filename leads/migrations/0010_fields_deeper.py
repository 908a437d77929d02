"""What records hold in custom fields is kept in an index that lists are ordered and searched by."""

from django.db import migrations

from tenants.migrations._field_values import kept_of


class Migration(migrations.Migration):
    dependencies = [("leads", "0009_custom_fields"), ("tenants", "0006_field_visibility")]

    operations = [*kept_of("leads_lead")]
