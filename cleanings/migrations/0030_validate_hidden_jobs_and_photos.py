from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('cleanings', '0029_remove_indexes_of_public_cleanings'),
    ]

    operations = [
        ValidateConstraint(model_name='cleaning', name='cleaning_hidden_by_someone'),
        ValidateConstraint(model_name='photo', name='photo_hidden_by_someone'),
    ]
