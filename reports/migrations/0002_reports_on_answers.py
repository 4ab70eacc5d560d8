from django.conf import settings
from django.db import migrations, models

from core.operations import AddUniqueConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('reports', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddUniqueConcurrently(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('reporter__isnull', False), ('status__in', ('new', 'taken'))), fields=('reporter', 'kind', 'subject_id', 'accused'), name='one_open_report_per_person_and_words'),
        ),
        migrations.RemoveConstraint(
            model_name='report',
            name='one_open_report_per_person_and_subject',
        ),
    ]
