from django.apps import AppConfig
from django.urls import register_converter


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from core.converters import IdConverter, UsernameConverter

        register_converter(IdConverter, "id")
        register_converter(UsernameConverter, "username")
