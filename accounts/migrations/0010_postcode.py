from django.db import migrations, models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from core.operations import AddCheckedField


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_calendar_key'),
    ]

    operations = [
        AddCheckedField(
            model_name='profile',
            name='postcode',
            field=models.CharField(blank=True, db_default='', default='', max_length=12),
            constraints=[models.CheckConstraint(condition=LessThanOrEqual(Length('postcode'), 12), name='profile_postcode_at_most_12')],
        ),
    ]
