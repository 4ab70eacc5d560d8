from django.db import migrations

from core.batches import clean_rows
from core.text import clean_line, clean_text


def clean_text_there_is(apps, schema_editor):
    profiles = apps.get_model("accounts", "Profile").objects.using(schema_editor.connection.alias)
    clean_rows(profiles, {"full_name": clean_line, "bio": clean_text, "city": clean_line})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0007_held_usernames")]

    operations = [migrations.RunPython(clean_text_there_is, migrations.RunPython.noop, elidable=True)]
