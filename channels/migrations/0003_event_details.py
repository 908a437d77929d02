from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0002_rhythm_and_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="details",
            field=models.BinaryField(null=True),
        ),
    ]
