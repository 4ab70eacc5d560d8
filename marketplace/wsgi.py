import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")


class Utf8Request(WSGIRequest):
    """Ignores the charset of the header: some of Python's codecs fail before any page could answer."""

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, value: str) -> None:
        pass


class Utf8Handler(WSGIHandler):
    request_class = Utf8Request


django.setup(set_prefix=False)
application = Utf8Handler()
