from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        from marketplace import checks  # noqa: F401 - to register them
        from marketplace.support import write_support_group

        # Not a migration: on an empty database those run before the permissions that the group holds are made. The
        # signal is sent for each app that has models; any one of them will do.
        post_migrate.connect(write_support_group, sender=apps.get_app_config("accounts"))
