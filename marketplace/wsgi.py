"""Served by `gunicorn marketplace.wsgi`."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")


class Utf8Request(WSGIRequest):
    """A request in UTF-8, whatever its header says: some of Python's codecs fail before any page could answer."""

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, value: str) -> None:
        """Ignored, so that Django reads the request in its default, UTF-8."""


class Utf8Handler(WSGIHandler):
    request_class = Utf8Request


django.setup(set_prefix=False)
application = Utf8Handler()
