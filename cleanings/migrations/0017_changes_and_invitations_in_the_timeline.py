from django.db import migrations, models

from core.operations import AddConstraintNotValid


class Migration(migrations.Migration):

    dependencies = [
        ('cleanings', '0016_area_supplies_pets_and_reservation'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='event',
            name='event_kind_known',
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('post', 'posted'), ('edit', 'edited'), ('offer', 'made'), ('revise', 'revised'), ('confirm', 'confirmed'), ('rescind', 'rescinded'), ('reject', 'rejected'), ('accept', 'accepted'), ('cancel', 'cancelled'), ('release', 'released'), ('complete', 'completed'), ('close', 'closed'), ('see', 'seen'), ('evaluate', 'evaluated'), ('hide', 'hidden'), ('lapse', 'lapsed'), ('remind', 'reminded'), ('due', 'due'), ('publish', 'published'), ('answer', 'answered'), ('suggest', 'suggested'), ('agree', 'agreed'), ('decline', 'declined'), ('withdraw', 'withdrawn'), ('expire', 'expired'), ('invite', 'invited'), ('pass', 'passed on'), ('unreserve', 'opened to all')], max_length=10),
        ),
        AddConstraintNotValid(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['post', 'edit', 'offer', 'revise', 'confirm', 'rescind', 'reject', 'accept', 'cancel', 'release', 'complete', 'close', 'see', 'evaluate', 'hide', 'lapse', 'remind', 'due', 'publish', 'answer', 'suggest', 'agree', 'decline', 'withdraw', 'expire', 'invite', 'pass', 'unreserve'])), name='event_kind_known'),
        ),
    ]
