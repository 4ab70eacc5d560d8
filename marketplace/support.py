from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connections
from django.db.models import Q

SUPPORT = "support"
# Only a superuser gives other permissions.
PERMISSIONS = (
    "account.view_emailaddress",
    "accounts.view_profile",
    "accounts.view_user",
    "accounts.deactivate_user",
    "accounts.hide_content",
    "cleanings.view_cleaning",
    "cleanings.view_event",
    "cleanings.view_photo",
    "cleanings.close_cleaning",
    "conversations.view_question",
    "evaluations.view_evaluation",
    "evaluations.hide_evaluation",
    "mailqueue.view_mail",
    "notifications.view_notification",
    "offers.view_change",
    "offers.view_offer",
    "reports.view_report",
    "reports.decide_report",
)


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
