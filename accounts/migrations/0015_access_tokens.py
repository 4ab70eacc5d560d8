import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from core.operations import LockTables


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0014_validate_hidden_profiles'),
    ]

    operations = [
        LockTables('accounts.User'),
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('scope', models.CharField(choices=[('read', 'Read only'), ('act', 'Read and act')], default='read', max_length=4)),
                ('prefix', models.CharField(editable=False, max_length=12)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('is_log_in', models.BooleanField(default=False, editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='made')),
                ('used_at', models.DateTimeField(editable=False, null=True, verbose_name='last used')),
                ('expires_at', models.DateTimeField(db_index=True, editable=False, verbose_name='expires')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='access_tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('scope__in', ['read', 'act'])), name='access_token_scope_known'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at'))), name='access_token_expires'), models.CheckConstraint(condition=models.Q(django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length('name'), 1), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('name'), 60)), name='access_token_name_length')],
            },
        ),
    ]
