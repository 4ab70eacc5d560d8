from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform

from core.operations import AddUniqueConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('cleanings', '0021_photos'),
    ]

    operations = [
        AddUniqueConcurrently(
            model_name='event',
            constraint=models.UniqueConstraint('cleaning', 'cleaner', 'kind', KeyTextTransform('cleaning_version', 'terms'), condition=models.Q(('kind__in', ('remind', 'due', 'publish'))), name='event_once_per_version'),
        ),
        migrations.RemoveConstraint(
            model_name='event',
            name='event_told_in_time_once',
        ),
    ]
