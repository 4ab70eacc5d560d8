from django.db import migrations, models

from core.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('cleanings', '0024_compare_the_postcodes_there_are'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('reserved_for', None), ('status', 'open')), fields=['postcode_key', '-created_at', '-id', 'starts_at', 'cleaning_type', 'area', 'hourly_rate'], name='cleaning_public_near_newest'),
        ),
    ]
