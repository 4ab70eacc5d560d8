from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):

    dependencies = [
        ('cleanings', '0012_answers_to_no_shows'),
    ]

    operations = [
        ValidateConstraint(model_name='event', name='event_kind_known'),
    ]
