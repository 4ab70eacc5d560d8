from django.db import migrations

from core.batches import clean_rows
from core.text import clean_line, clean_text


def clean_text_there_is(apps, schema_editor):
    evaluations = apps.get_model("evaluations", "Evaluation").objects.using(schema_editor.connection.alias)
    clean_rows(evaluations, {"headline": clean_line, "comment": clean_text})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("evaluations", "0001_initial")]

    operations = [migrations.RunPython(clean_text_there_is, migrations.RunPython.noop, elidable=True)]
