from django.db import migrations, models

from core.operations import AddCheckedField


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0002_reports_on_answers'),
    ]

    operations = [
        AddCheckedField(
            model_name='decision',
            name='settles_again',
            field=models.BooleanField(db_default=False, default=False),
            constraints=[models.CheckConstraint(condition=models.Q(('settles_again', False), ('settles', True), _connector='OR'), name='decision_settles_in_turn')],
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(fields=('report', 'settles', 'settles_again'), name='decided_once_in_each_turn'),
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='one_decision_and_one_settlement_per_report',
        ),
    ]
