from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('cleanings', '0028_index_listed_cleanings'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_public_newest',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_public_since',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_public_soonest',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_public_rate',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_public_city_newest',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_public_city_since',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_public_city_soonest',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_public_city_rate',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_public_near_newest',
        ),
    ]
