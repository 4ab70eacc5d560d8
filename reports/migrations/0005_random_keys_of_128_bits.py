from django.db import migrations, models

import core.keys


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0004_validate_third_decisions'),
    ]

    operations = [
        # The database knows no default of Django's, but on SQLite Django would copy the table for it.
        migrations.SeparateDatabaseAndState(state_operations=[
            migrations.AlterField(
                model_name='report',
                name='accused_key',
                field=models.UUIDField(default=core.keys.random_key, editable=False, unique=True),
            ),
            migrations.AlterField(
                model_name='report',
                name='reporter_key',
                field=models.UUIDField(default=core.keys.random_key, editable=False, unique=True),
            ),
        ]),
    ]
