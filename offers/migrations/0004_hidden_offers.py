import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.operations import AddCheckedField, LockTables


class Migration(migrations.Migration):

    dependencies = [
        ('offers', '0003_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LockTables('accounts.User', 'offers.Offer', mode='ACCESS EXCLUSIVE'),
        AddCheckedField(
            model_name='offer',
            name='hidden_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='hidden'),
        ),
        AddCheckedField(
            model_name='offer',
            name='hidden_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            constraints=[models.CheckConstraint(condition=models.Q(models.Q(('hidden_at', None), ('hidden_by', None)), models.Q(('hidden_at__isnull', False), ('hidden_by__isnull', False)), _connector='OR'), name='offer_hidden_by_someone')],
        ),
    ]
