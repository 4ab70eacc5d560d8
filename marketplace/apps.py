from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        from marketplace import checks  # noqa: F401 - to register them
        from marketplace.permissions import rename_permissions
        from marketplace.support import write_support_group

        # Not in a migration: on an empty database those run before Django makes permissions. The signal is sent for
        # each app with models; one is enough.
        for receiver in (write_support_group, rename_permissions):
            post_migrate.connect(receiver, sender=apps.get_app_config("accounts"))
