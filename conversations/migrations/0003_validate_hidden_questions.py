from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('conversations', '0002_hidden_messages'),
    ]

    operations = [
        ValidateConstraint(model_name='question', name='question_hidden_by_someone'),
    ]
