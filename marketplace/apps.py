from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        from marketplace import checks  # noqa: F401 - to register them
        from marketplace.support import write_support_group

        # Not in a migration: on an empty database those run before Django makes permissions. The signal is sent for
        # each app with models; one is enough.
        post_migrate.connect(write_support_group, sender=apps.get_app_config("accounts"))
