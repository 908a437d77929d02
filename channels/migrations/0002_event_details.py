from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="details",
            field=models.BinaryField(null=True),
        ),
    ]
