from django.db import migrations
from django.db.models import CharField, Max, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat

BATCH = 1000


def name_threads(apps, schema_editor):
    """Batch by batch, so that no lock lasts."""
    alias = schema_editor.connection.alias
    notifications = apps.get_model("notifications", "Notification").objects.using(alias)
    events = apps.get_model("cleanings", "Event").objects.using(alias)
    cleaning = Subquery(events.filter(pk=OuterRef("event")).values("cleaning"))
    newest = notifications.aggregate(newest=Max("pk"))["newest"] or 0
    for start in range(0, newest + 1, BATCH):
        batch = notifications.filter(pk__gte=start, pk__lt=start + BATCH, thread="", event__isnull=False)
        batch.update(thread=Concat(Value("cleaning-"), Cast(cleaning, CharField())))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notifications", "0007_thread_button_and_optional_event")]

    operations = [migrations.RunPython(name_threads, migrations.RunPython.noop, elidable=True)]
