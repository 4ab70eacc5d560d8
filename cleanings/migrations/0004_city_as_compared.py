from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cleanings", "0003_permission_to_close")]

    operations = [
        migrations.AddField(
            model_name="cleaning",
            name="city_key",
            field=models.CharField(default="", editable=False, max_length=80),
            preserve_default=False,
        ),
    ]
