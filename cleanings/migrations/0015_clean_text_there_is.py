from django.db import migrations

from core.batches import clean_rows
from core.text import clean_line, clean_text


def clean_text_there_is(apps, schema_editor):
    cleanings = apps.get_model("cleanings", "Cleaning").objects.using(schema_editor.connection.alias)
    lines = dict.fromkeys(["name", "city", "postcode", "street_address"], clean_line)
    shown = {"name": "Cleaning job", "city": "Not given", "postcode": "Not given", "street_address": "Not given"}
    clean_rows(cleanings, {"description": clean_text, **lines}, if_empty=shown)
    events = apps.get_model("cleanings", "Event").objects.using(schema_editor.connection.alias)
    clean_rows(events.exclude(note=""), {"note": clean_text})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cleanings", "0014_order_by_when_it_opened")]

    operations = [migrations.RunPython(clean_text_there_is, migrations.RunPython.noop, elidable=True)]
