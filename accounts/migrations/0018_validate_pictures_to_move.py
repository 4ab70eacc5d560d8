from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0017_pictures_to_move'),
    ]

    operations = [
        ValidateConstraint(model_name='profile', name='profile_known_photo_well_formed'),
    ]
