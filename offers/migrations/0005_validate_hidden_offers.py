from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('offers', '0004_hidden_offers'),
    ]

    operations = [
        ValidateConstraint(model_name='offer', name='offer_hidden_by_someone'),
    ]
