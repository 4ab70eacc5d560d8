from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('notifications', '0017_choices_of_reports'),
    ]

    operations = [
        ValidateConstraint(model_name='notification', name='notification_topic_known'),
        ValidateConstraint(model_name='siteonly', name='site_only_topic_known'),
    ]
