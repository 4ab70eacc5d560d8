from django.apps import AppConfig, apps
from django.urls import register_converter


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts import security_events  # noqa: F401  # Its receivers.
        from core.converters import IdConverter, UsernameConverter

        register_converter(IdConverter, "id")
        register_converter(UsernameConverter, "username")
        # Not a config of our own: the types of Django know its users by the name of its app in the settings.
        apps.get_app_config("auth").verbose_name = "Rights of staff"
