from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Permission
from django.db import connections


def wanted_names() -> dict[tuple[str, str, str], str]:
    """What Django calls each permission when it makes it, by app, model and codename."""
    found = {}
    for model in apps.get_models():
        options = model._meta
        own = [
            (get_permission_codename(action, options), f"Can {action} {options.verbose_name_raw}")
            for action in options.default_permissions
        ]
        for codename, name in [*own, *options.permissions]:
            found[options.app_label, str(options.model_name), codename] = name
    return found


def rename_permissions(using: str, **kwargs) -> None:
    """After each `migrate`, because Django never changes the name of a permission that it made."""
    # The table is missing after a migration backwards.
    if "auth_permission" not in connections[using].introspection.table_names():
        return
    wanted = wanted_names()
    for permission in Permission.objects.using(using).select_related("content_type"):
        kind = permission.content_type
        name = wanted.get((kind.app_label, kind.model, permission.codename), permission.name)
        if name != permission.name:
            permission.name = name
            permission.save(update_fields=["name"])
