from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('conversations', '0003_validate_hidden_questions'),
    ]

    operations = [
        ValidateConstraint(model_name='message', name='message_hidden_by_someone'),
    ]
