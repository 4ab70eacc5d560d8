from django.db import migrations, models

from core.operations import AddConstraintNotValid


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0015_validate_topics_of_alerts'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='notification',
            name='notification_topic_known',
        ),
        migrations.AlterField(
            model_name='notification',
            name='topic',
            field=models.CharField(blank=True, choices=[('offered', 'Somebody makes an offer'), ('revised', 'An offer is revised'), ('confirmed', 'An offer is confirmed after you changed the cleaning'), ('rescinded', 'An offer is rescinded'), ('cancelled', 'The chosen cleaner cancels'), ('chosen', 'You have the job'), ('not_chosen', 'Somebody else is chosen'), ('rejected', 'Your offer is rejected'), ('changed', 'The cleaning changes, and your offer has to be confirmed'), ('reopened', 'The cleaning is open again, and your offer counts again'), ('released', 'You are released from the job'), ('closed', 'The cleaning is closed'), ('lapsed', 'The start passes and nobody is chosen'), ('reminded', 'A job is tomorrow'), ('completed', 'A job is completed'), ('evaluated', 'You are evaluated'), ('no_show', 'Somebody says that you did not turn up'), ('answered', 'Somebody answers what you said of a no-show'), ('suggested', 'Someone suggests a change to an agreed job'), ('agreed', 'A change is agreed'), ('change_over', 'A suggested change is declined, withdrawn or runs out'), ('asked', 'Someone asks a question about your cleaning'), ('question_answered', 'The owner answers a question'), ('written', 'The other side of a job writes to you'), ('invited', 'An owner invites you to a job'), ('invitation_over', 'An invitation is declined, taken back or runs out'), ('evaluation_due', 'The days in which you can evaluate are ending'), ('published', 'An evaluation is published'), ('hidden', 'The staff hide an evaluation'), ('alert', 'New jobs match a search that you saved'), ('reported', 'Our staff decide about something you reported'), ('decided', 'Our staff decide about something of yours'), ('in_your_place', 'The staff, or the site by itself, act in your place')], db_default='', max_length=20),
        ),
        AddConstraintNotValid(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(('topic__in', ['', 'offered', 'revised', 'confirmed', 'rescinded', 'cancelled', 'chosen', 'not_chosen', 'rejected', 'changed', 'reopened', 'released', 'closed', 'lapsed', 'reminded', 'completed', 'evaluated', 'no_show', 'answered', 'suggested', 'agreed', 'change_over', 'asked', 'question_answered', 'written', 'invited', 'invitation_over', 'evaluation_due', 'published', 'hidden', 'alert', 'reported', 'decided', 'in_your_place'])), name='notification_topic_known'),
        ),
    ]
