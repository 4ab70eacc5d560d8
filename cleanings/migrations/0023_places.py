from django.db import migrations, models

from core.operations import AddCheckedField


class Migration(migrations.Migration):

    dependencies = [
        ('cleanings', '0022_remind_of_each_version'),
    ]

    operations = [
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(max_length=2)),
                ('postcode', models.CharField(max_length=12)),
                ('name', models.CharField(max_length=80)),
                ('key', models.CharField(max_length=80)),
                ('latitude', models.DecimalField(decimal_places=3, max_digits=5)),
                ('longitude', models.DecimalField(decimal_places=3, max_digits=6)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('country', 'postcode', 'name'), name='place_named_once'), models.CheckConstraint(condition=models.Q(('latitude__range', (-90, 90))), name='place_latitude_in_range'), models.CheckConstraint(condition=models.Q(('longitude__range', (-180, 180))), name='place_longitude_in_range')],
            },
        ),
        AddCheckedField(
            model_name='cleaning',
            name='postcode_key',
            field=models.CharField(editable=False, max_length=12, null=True),
        ),
    ]
