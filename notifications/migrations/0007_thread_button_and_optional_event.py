import django.db.models.deletion
from django.db import migrations, models

from core.operations import AllowNull


class Migration(migrations.Migration):

    dependencies = [
        ("cleanings", "0015_clean_text_there_is"),
        ("notifications", "0006_delete_mail"),
    ]

    operations = [
        migrations.AddField("notification", "thread", models.CharField(blank=True, db_default="", max_length=40)),
        migrations.AddField("notification", "button", models.CharField(blank=True, db_default="", max_length=60)),
        AllowNull(
            "notification",
            "event",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to="cleanings.event",
            ),
        ),
    ]
