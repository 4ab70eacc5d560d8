from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0011_validate_topics'),
    ]

    operations = [
        migrations.AddField(
            model_name='notification',
            name='facts',
            field=models.JSONField(editable=False, null=True),
        ),
    ]
