from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_postcode'),
    ]

    operations = [
        ValidateConstraint(model_name='profile', name='profile_postcode_at_most_12'),
    ]
