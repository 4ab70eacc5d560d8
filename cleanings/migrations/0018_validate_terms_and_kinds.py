from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('cleanings', '0017_changes_and_invitations_in_the_timeline'),
    ]

    operations = [
        ValidateConstraint(model_name='cleaning', name='cleaning_area_known'),
        ValidateConstraint(model_name='cleaning', name='cleaning_supplies_known'),
        ValidateConstraint(model_name='cleaning', name='cleaning_pets_known'),
        ValidateConstraint(model_name='cleaning', name='cleaning_reserved_for_somebody'),
        ValidateConstraint(model_name='event', name='event_kind_known'),
    ]
