from django.apps import AppConfig


class CleaningsConfig(AppConfig):
    name = "cleanings"
