"""Sessions in the database. Pages that change nothing work while it cannot be written."""

import logging

from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from core.outages import is_outage

logger = logging.getLogger(__name__)


class SessionStore(db.SessionStore):
    """A database that refuses to write ends no session; in Django's store it does."""

    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError as error:
            if (fault := error.__context__) and is_outage(fault):
                # With its cause, by which an outage of PostgreSQL is known.
                raise fault from fault.__cause__
            raise


class SessionMiddleware(middleware.SessionMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except Error as error:
            if request.method == "POST" or not is_outage(error):
                raise
            logger.warning("A session could not be written: %s", type(error).__name__)
            patch_vary_headers(response, ("Cookie",))
            return response
