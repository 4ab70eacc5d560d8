from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connections
from django.db.models import Q

SUPPORT = "support"
# With what each is for. Only a superuser gives others.
PERMISSIONS = {
    "account.view_emailaddress": "tell people which address of theirs is confirmed",
    "accounts.view_profile": "judge a reported profile",
    "accounts.view_user": "find people who write to us",
    "accounts.deactivate_user": "end what a person does to others; a decision on a report may be that",
    "accounts.hide_content": "hide what breaks the rules, and bring it back on an appeal",
    "cleanings.view_cleaning": "judge a reported job, and see what became of one",
    "cleanings.view_event": "see who did what when two sides disagree",
    "cleanings.view_photo": "judge a reported photo; one for the two sides alone only from a report",
    "cleanings.close_cleaning": "end a job that breaks the rules; a decision on a report may be that",
    "conversations.view_question": "judge a reported question",
    "evaluations.view_evaluation": "judge a reported review",
    "evaluations.hide_evaluation": "hide a review that breaks the rules",
    "mailqueue.view_mail": "tell people whether a mail has left",
    "notifications.view_notification": "tell people what they were notified of",
    "offers.view_change": "see what was suggested when two sides disagree",
    "offers.view_offer": "judge a reported offer",
    "pages.view_integritycheck": "read what the nightly check of the data found",
    "reports.view_report": "read the queue of reports, but none to which they are a party",
    "reports.decide_report": "take and decide reports, and settle appeals",
}


def write_support_group(using: str, verbosity: int = 1, **kwargs) -> None:
    """Give the group exactly these permissions, after each `migrate`."""
    # The tables are missing after a migration backwards.
    if "auth_group_permissions" not in connections[using].introspection.table_names():
        return
    # Django makes the permissions of each app in turn, some of them after this.
    for label in sorted({name.split(".")[0] for name in PERMISSIONS}):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    wanted = Q()
    for name in PERMISSIONS:
        label, codename = name.split(".")
        wanted |= Q(content_type__app_label=label, codename=codename)
    group, _ = Group.objects.using(using).get_or_create(name=SUPPORT)
    group.permissions.set(Permission.objects.using(using).filter(wanted))
