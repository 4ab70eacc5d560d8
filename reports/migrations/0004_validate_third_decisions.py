from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('reports', '0003_third_decisions'),
    ]

    operations = [
        ValidateConstraint(model_name='decision', name='decision_settles_in_turn'),
    ]
