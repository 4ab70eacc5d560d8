import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.operations import AddCheckedField, AddConstraintNotValid, LockTables


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LockTables('accounts.User', 'conversations.Question', 'conversations.Message', mode='ACCESS EXCLUSIVE'),
        AddCheckedField(
            model_name='message',
            name='hidden_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='hidden'),
        ),
        AddCheckedField(
            model_name='message',
            name='hidden_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            constraints=[models.CheckConstraint(condition=models.Q(models.Q(('hidden_at', None), ('hidden_by', None)), models.Q(('hidden_at__isnull', False), ('hidden_by__isnull', False)), _connector='OR'), name='message_hidden_by_someone')],
        ),
        migrations.AlterField(
            model_name='question',
            name='hidden_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='hidden'),
        ),
        migrations.AlterField(
            model_name='question',
            name='hidden_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        AddConstraintNotValid(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hidden_at', None), ('hidden_by', None)), models.Q(('hidden_at__isnull', False), ('hidden_by__isnull', False)), _connector='OR'), name='question_hidden_by_someone'),
        ),
    ]
