from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0013_hidden_profiles'),
    ]

    operations = [
        ValidateConstraint(model_name='profile', name='profile_hidden_by_someone'),
    ]
