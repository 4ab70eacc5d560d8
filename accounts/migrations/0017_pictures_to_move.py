from django.db import migrations, models

from core.operations import AddCheckedField


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0016_deletions'),
    ]

    operations = [
        AddCheckedField(
            model_name='profile',
            name='known_photo',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=32),
            constraints=[models.CheckConstraint(condition=models.Q(('known_photo__regex', '\\A([0-9a-f]{32})?\\Z')), name='profile_known_photo_well_formed')],
        ),
    ]
