from django.db import migrations

from core.operations import ValidateConstraint


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0004_news_of_no_shows'),
    ]

    operations = [
        ValidateConstraint(model_name='notification', name='notification_topic_known'),
        ValidateConstraint(model_name='siteonly', name='site_only_topic_known'),
    ]
