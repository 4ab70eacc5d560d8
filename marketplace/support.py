"""The group of staff who help people: what its members may do, written into the database by `migrate`."""

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connections
from django.db.models import Q

SUPPORT = "support"
# They look at everything in the admin, and change nothing but by these verbs. Permissions are a superuser's to give.
MAY = (
    "account.view_emailaddress",
    "accounts.view_profile",
    "accounts.view_user",
    "accounts.deactivate_user",
    "cleanings.view_cleaning",
    "cleanings.view_event",
    "cleanings.close_cleaning",
    "evaluations.view_evaluation",
    "evaluations.hide_evaluation",
    "mailqueue.view_mail",
    "notifications.view_notification",
    "offers.view_offer",
)


def write_support_group(using: str, verbosity: int = 1, **kwargs) -> None:
    """Make the group where it is missing, and give it exactly the permissions that stand here.

    Runs after each `migrate`. Apps tell of their permissions one after another, so those that are needed here are made
    first; where the tables themselves are missing, as in a migration backwards, there is nothing to write.
    """
    if "auth_group_permissions" not in connections[using].introspection.table_names():
        return
    for label in sorted({name.split(".")[0] for name in MAY}):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    wanted = Q()
    for name in MAY:
        label, codename = name.split(".")
        wanted |= Q(content_type__app_label=label, codename=codename)
    group, _ = Group.objects.using(using).get_or_create(name=SUPPORT)
    group.permissions.set(Permission.objects.using(using).filter(wanted))
