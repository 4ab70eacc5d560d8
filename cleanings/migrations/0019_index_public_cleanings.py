from django.db import migrations, models

from core.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('cleanings', '0018_validate_terms_and_kinds'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('reserved_for', None), ('status', 'open')), fields=['-created_at', '-id', 'starts_at', 'cleaning_type', 'area', 'hourly_rate'], name='cleaning_public_newest'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('reserved_for', None), ('status', 'open')), fields=['-status_since', '-id', 'starts_at', 'cleaning_type', 'area', 'hourly_rate'], name='cleaning_public_since'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('reserved_for', None), ('status', 'open')), fields=['starts_at', 'id'], name='cleaning_public_soonest'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('reserved_for', None), ('status', 'open')), fields=['hourly_rate', 'id'], name='cleaning_public_rate'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('reserved_for', None), ('status', 'open')), fields=['city_key', '-created_at', '-id', 'starts_at', 'cleaning_type', 'area', 'hourly_rate'], name='cleaning_public_city_newest'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('reserved_for', None), ('status', 'open')), fields=['city_key', '-status_since', '-id', 'starts_at', 'cleaning_type', 'area', 'hourly_rate'], name='cleaning_public_city_since'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('reserved_for', None), ('status', 'open')), fields=['city_key', 'starts_at', 'id'], name='cleaning_public_city_soonest'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('reserved_for', None), ('status', 'open')), fields=['city_key', 'hourly_rate', 'id'], name='cleaning_public_city_rate'),
        ),
        AddIndexConcurrently(
            model_name='cleaning',
            index=models.Index(condition=models.Q(('reserved_for__isnull', False)), fields=['reserved_for'], name='cleaning_reserved_for'),
        ),
    ]
