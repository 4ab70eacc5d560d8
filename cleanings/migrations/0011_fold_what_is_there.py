from django.db import connections, migrations, transaction

from cleanings.words import city_key, indexed_words

# In rows: few enough that nobody waits long for one of them.
BATCH = 500


def fold_texts(apps, schema_editor):
    """Batch by batch, and once more from the start for what the version before has written meanwhile."""
    cleanings = apps.get_model("cleanings", "Cleaning").objects.using(schema_editor.connection.alias)
    unfolded = cleanings.filter(folded_name=None)
    while unfolded.exists():
        last = 0
        while last is not None:
            last = fold_batch(unfolded.filter(pk__gt=last), cleanings)


def fold_batch(unfolded, cleanings):
    """Fold the first rows by one statement, and return the key of the last of them, or None."""
    with transaction.atomic(using=cleanings.db):
        rows = list(unfolded.select_for_update().order_by("pk").values_list("pk", "city", "name", "description")[:BATCH])
        if not rows:
            return None
        folded = [
            (pk, city_key(city), indexed_words(name), indexed_words(description))
            for pk, city, name, description in rows
        ]
        with connections[cleanings.db].cursor() as cursor:
            cursor.execute(
                "WITH folded (id, city, name, description) AS (VALUES " + ", ".join(["(%s, %s, %s, %s)"] * len(rows)) + ")"
                " UPDATE cleanings_cleaning SET city_key = folded.city, folded_name = folded.name,"
                " folded_description = folded.description FROM folded WHERE cleanings_cleaning.id = folded.id",
                [value for row in folded for value in row],
            )
    return rows[-1][0]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cleanings", "0010_search_folded_text")]

    operations = [migrations.RunPython(fold_texts, migrations.RunPython.noop, elidable=True)]
