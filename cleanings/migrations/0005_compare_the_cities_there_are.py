import re
import unicodedata

from django.db import migrations

ACCENTS = re.compile("[\u0300-\u036f]+")


def fold_cities(apps, schema_editor):
    """One statement for each city, however many cleanings are there."""
    Cleaning = apps.get_model("cleanings", "Cleaning")
    for city in Cleaning.objects.filter(city_key="").values_list("city", flat=True).distinct():
        folded = " ".join(ACCENTS.sub("", unicodedata.normalize("NFKD", city)).lower().split())
        Cleaning.objects.filter(city=city).update(city_key=folded[:80])


class Migration(migrations.Migration):
    dependencies = [("cleanings", "0004_city_as_compared")]

    operations = [migrations.RunPython(fold_cities, migrations.RunPython.noop, elidable=True)]
