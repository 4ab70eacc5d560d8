from collections import defaultdict

from django.db import migrations, transaction

from cleanings.postcodes import postcode_key

# In rows: few enough that nobody waits long for one of them.
BATCH = 500


def compare_postcodes(apps, schema_editor):
    """Batch by batch, and once more from the start for what the version before has written meanwhile."""
    cleanings = apps.get_model("cleanings", "Cleaning").objects.using(schema_editor.connection.alias)
    without = cleanings.filter(postcode_key=None)
    while without.exists():
        last = 0
        while last is not None:
            last = compare_batch(without.filter(pk__gt=last), cleanings)


def compare_batch(without, cleanings):
    """Write the keys of the first rows, and return the id of the last of them, or None."""
    with transaction.atomic(using=cleanings.db):
        rows = list(without.select_for_update().order_by("pk").values_list("pk", "postcode")[:BATCH])
        by_postcode = defaultdict(list)
        for pk, postcode in rows:
            by_postcode[postcode_key(postcode)].append(pk)
        for key, pks in by_postcode.items():
            cleanings.filter(pk__in=pks).update(postcode_key=key)
    return rows[-1][0] if rows else None


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cleanings", "0023_places")]

    operations = [migrations.RunPython(compare_postcodes, migrations.RunPython.noop, elidable=True)]
