import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")


class Utf8Request(WSGIRequest):
    """Ignores the charset of the header: some of Python's codecs fail before any page could answer."""

    # Private, because no public hook comes before Django looks up the codec.
    def _set_content_type_params(self, meta: dict) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):
            # RequestChecksMiddleware refuses it.
            self.content_type, self.content_params = "", {"charset": "unreadable"}


class Utf8Handler(WSGIHandler):
    request_class = Utf8Request


django.setup(set_prefix=False)
application = Utf8Handler()
