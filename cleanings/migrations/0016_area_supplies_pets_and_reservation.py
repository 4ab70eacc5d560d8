import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.operations import AddCheckedField, LockTables


class Migration(migrations.Migration):

    dependencies = [
        ('cleanings', '0015_clean_text_there_is'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LockTables('accounts.User', 'cleanings.Cleaning', mode='ACCESS EXCLUSIVE'),
        AddCheckedField(
            model_name='cleaning',
            name='area',
            field=models.CharField(choices=[('whole_home', 'Whole home'), ('kitchen', 'Kitchen'), ('bathroom', 'Bathroom'), ('living_room', 'Living room'), ('bedroom', 'Bedroom'), ('windows', 'Windows'), ('stairs', 'Stairs'), ('office', 'Office'), ('outside', 'Outside'), ('moving_out', 'Moving out')], db_default='whole_home', default='whole_home', max_length=12),
            constraints=[models.CheckConstraint(condition=models.Q(('area__in', ['whole_home', 'kitchen', 'bathroom', 'living_room', 'bedroom', 'windows', 'stairs', 'office', 'outside', 'moving_out'])), name='cleaning_area_known')],
        ),
        AddCheckedField(
            model_name='cleaning',
            name='supplies',
            field=models.CharField(blank=True, choices=[('owner', 'The owner has them'), ('cleaner', 'The cleaner brings them')], db_default='', default='', max_length=7),
            constraints=[models.CheckConstraint(condition=models.Q(('supplies__in', ['', 'owner', 'cleaner'])), name='cleaning_supplies_known')],
        ),
        AddCheckedField(
            model_name='cleaning',
            name='pets',
            field=models.CharField(blank=True, choices=[('yes', 'Yes'), ('no', 'No')], db_default='', default='', max_length=3),
            constraints=[models.CheckConstraint(condition=models.Q(('pets__in', ['', 'yes', 'no'])), name='cleaning_pets_known')],
        ),
        AddCheckedField(
            model_name='cleaning',
            name='reserved_for',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to=settings.AUTH_USER_MODEL),
        ),
        AddCheckedField(
            model_name='cleaning',
            name='reserved_until',
            field=models.DateTimeField(editable=False, null=True),
            constraints=[models.CheckConstraint(condition=models.Q(('reserved_until', None), ('reserved_for__isnull', False), _connector='OR'), name='cleaning_reserved_for_somebody')],
        ),
        AddCheckedField(
            model_name='cleaning',
            name='then_open',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]
