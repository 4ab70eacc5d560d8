from django.db import migrations

from core.batches import clean_rows
from core.text import clean_text


def clean_text_there_is(apps, schema_editor):
    offers = apps.get_model("offers", "Offer").objects.using(schema_editor.connection.alias)
    clean_rows(offers.exclude(message=""), {"message": clean_text})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("offers", "0001_initial")]

    operations = [migrations.RunPython(clean_text_there_is, migrations.RunPython.noop, elidable=True)]
