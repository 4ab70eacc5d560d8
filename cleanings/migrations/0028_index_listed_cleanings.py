from django.db import migrations, models

from core.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('cleanings', '0027_hidden_jobs_and_photos'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('hidden_at', None), ('reserved_for', None), ('status', 'open')), fields=['-created_at', '-id', 'starts_at', 'cleaning_type', 'area', 'hourly_rate'], name='cleaning_listed_newest'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('hidden_at', None), ('reserved_for', None), ('status', 'open')), fields=['-status_since', '-id', 'starts_at', 'cleaning_type', 'area', 'hourly_rate'], name='cleaning_listed_since'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('hidden_at', None), ('reserved_for', None), ('status', 'open')), fields=['starts_at', 'id'], name='cleaning_listed_soonest'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('hidden_at', None), ('reserved_for', None), ('status', 'open')), fields=['hourly_rate', 'id'], name='cleaning_listed_rate'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('hidden_at', None), ('reserved_for', None), ('status', 'open')), fields=['city_key', '-created_at', '-id', 'starts_at', 'cleaning_type', 'area', 'hourly_rate'], name='cleaning_listed_city_newest'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('hidden_at', None), ('reserved_for', None), ('status', 'open')), fields=['city_key', '-status_since', '-id', 'starts_at', 'cleaning_type', 'area', 'hourly_rate'], name='cleaning_listed_city_since'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('hidden_at', None), ('reserved_for', None), ('status', 'open')), fields=['city_key', 'starts_at', 'id'], name='cleaning_listed_city_soonest'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('hidden_at', None), ('reserved_for', None), ('status', 'open')), fields=['city_key', 'hourly_rate', 'id'], name='cleaning_listed_city_rate'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('hidden_at', None), ('reserved_for', None), ('status', 'open')), fields=['postcode_key', '-created_at', '-id', 'starts_at', 'cleaning_type', 'area', 'hourly_rate'], name='cleaning_listed_near_newest'),
        ),
    ]
