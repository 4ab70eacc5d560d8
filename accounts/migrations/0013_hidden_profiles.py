import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.operations import AddCheckedField, LockTables


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0012_blocks'),
    ]

    operations = [
        LockTables('accounts.User', 'accounts.Profile', mode='ACCESS EXCLUSIVE'),
        migrations.AlterModelOptions(
            name='user',
            options={'permissions': [('deactivate_user', 'Can deactivate an account'), ('hide_content', 'Can hide what people write or show')], 'verbose_name': 'user', 'verbose_name_plural': 'users'},
        ),
        AddCheckedField(
            model_name='profile',
            name='hidden_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='hidden'),
        ),
        AddCheckedField(
            model_name='profile',
            name='hidden_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            constraints=[models.CheckConstraint(condition=models.Q(models.Q(('hidden_at', None), ('hidden_by', None)), models.Q(('hidden_at__isnull', False), ('hidden_by__isnull', False)), _connector='OR'), name='profile_hidden_by_someone')],
        ),
    ]
