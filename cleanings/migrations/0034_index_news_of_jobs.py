from django.conf import settings
from django.db import migrations, models

from core.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('cleanings', '0033_words_for_staff'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='event',
            index=models.Index(condition=models.Q(('kind__in', ('post', 'unreserve', 'edit'))), fields=['-id'], name='event_of_jobs_newest'),
        ),
    ]
