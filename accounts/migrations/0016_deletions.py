import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.operations import LockTables


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_access_tokens'),
    ]

    operations = [
        LockTables('accounts.User'),
        migrations.CreateModel(
            name='Deletion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(editable=False, max_length=50)),
                ('at', models.DateTimeField(editable=False)),
                ('person', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='deletions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['person', 'kind', '-at'], name='deletion_of_person_newest'), models.Index(fields=['at'], name='deletion_oldest')],
            },
        ),
    ]
