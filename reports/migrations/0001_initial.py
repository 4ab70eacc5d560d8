import cleanings.timeline
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import uuid
from django.conf import settings
from django.db import migrations, models

from core.operations import LockTables


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LockTables('accounts.User'),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('cleaning', 'job'), ('photo', 'photo'), ('offer', 'offer'), ('question', 'question'), ('message', 'message'), ('evaluation', 'review'), ('profile', 'profile')], max_length=10)),
                ('subject_id', models.PositiveBigIntegerField()),
                ('copy', models.TextField(blank=True, editable=False)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail address')),
                ('reason', models.CharField(choices=[('illegal', 'It’s against the law'), ('dangerous', 'Someone could get hurt'), ('harassment', 'It insults, threatens or harasses someone'), ('scam', 'It’s a scam or an attempt to cheat someone'), ('personal_data', 'It gives away someone’s personal data'), ('discrimination', 'It discriminates against people'), ('not_a_job', 'It isn’t about a cleaning job'), ('other', 'Something else')], max_length=15)),
                ('text', models.TextField(max_length=2000, verbose_name='what is wrong')),
                ('status', models.CharField(choices=[('new', 'New'), ('taken', 'Taken'), ('decided', 'Decided'), ('appealed', 'Appealed'), ('settled', 'Settled')], default='new', editable=False, max_length=10)),
                ('created_at', models.DateTimeField(default=cleanings.timeline.now, editable=False, verbose_name='reported')),
                ('taken_at', models.DateTimeField(editable=False, null=True, verbose_name='taken')),
                ('reporter_key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('accused_key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('accused', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports_about', to=settings.AUTH_USER_MODEL)),
                ('parties', models.ManyToManyField(editable=False, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reporter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to=settings.AUTH_USER_MODEL)),
                ('taken_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'permissions': [('decide_report', 'Can decide about a report')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('nothing', 'Nothing is removed'), ('hide', 'It is hidden'), ('close', 'The job is closed'), ('deactivate', 'The account is deactivated')], max_length=10)),
                ('rule', models.CharField(blank=True, choices=[('illegal', 'It’s against the law'), ('dangerous', 'Someone could get hurt'), ('harassment', 'It insults, threatens or harasses someone'), ('scam', 'It’s a scam or an attempt to cheat someone'), ('personal_data', 'It gives away someone’s personal data'), ('discrimination', 'It discriminates against people'), ('not_a_job', 'It isn’t about a cleaning job'), ('other', 'Something else')], max_length=15)),
                ('facts', models.TextField(max_length=2000)),
                ('settles', models.BooleanField(default=False)),
                ('at', models.DateTimeField(default=cleanings.timeline.now, editable=False, verbose_name='decided')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='reports.report')),
            ],
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by_reporter', models.BooleanField()),
                ('text', models.TextField(max_length=2000, verbose_name='why you disagree')),
                ('at', models.DateTimeField(default=cleanings.timeline.now, editable=False, verbose_name='appealed')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='appeals', to='reports.report')),
            ],
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('status__in', ('new', 'taken', 'appealed'))), fields=['created_at'], name='report_open_oldest'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['kind', 'subject_id'], name='report_of_subject'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['reporter', '-created_at'], name='report_of_reporter'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('reporter__isnull', False), ('status__in', ('new', 'taken'))), fields=('reporter', 'kind', 'subject_id'), name='one_open_report_per_person_and_subject'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email', ''), ('name', ''), ('reporter__isnull', False)), models.Q(('reporter', None), models.Q(('name', ''), _negated=True), models.Q(('email', ''), _negated=True)), _connector='OR'), name='report_by_member_or_named'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('reporter', models.F('accused')), _negated=True), name='nobody_reports_themselves'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['cleaning', 'photo', 'offer', 'question', 'message', 'evaluation', 'profile'])), name='report_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['illegal', 'dangerous', 'harassment', 'scam', 'personal_data', 'discrimination', 'not_a_job', 'other'])), name='report_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['new', 'taken', 'decided', 'appealed', 'settled'])), name='report_status_known'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('taken_at', None), ('taken_by', None)), models.Q(('taken_at__isnull', False), ('taken_by__isnull', False)), _connector='OR'), name='report_taken_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length('text'), 20), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('text'), 2000)), name='report_text_length'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(fields=('report', 'settles'), name='one_decision_and_one_settlement_per_report'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['nothing', 'hide', 'close', 'deactivate'])), name='decision_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('outcome', 'nothing'), ('rule__in', ['illegal', 'dangerous', 'harassment', 'scam', 'personal_data', 'discrimination', 'not_a_job', 'other']), _connector='OR'), name='decision_names_a_rule'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length('facts'), 20), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('facts'), 2000)), name='decision_facts_length'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.UniqueConstraint(fields=('report', 'by_reporter'), name='one_appeal_per_report_and_side'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length('text'), 20), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('text'), 2000)), name='appeal_text_length'),
        ),
    ]
