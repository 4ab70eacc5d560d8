from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('cleanings', '0019_index_public_cleanings'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_open_newest',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_open_soonest',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_open_rate',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_open_city_newest',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_open_city_soonest',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_open_city_rate',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_open_since',
        ),
        migrations.RemoveIndex(
            model_name='cleaning',
            name='cleaning_open_city_since',
        ),
    ]
