"""The door of the site, before any middleware."""

from wsgiref.util import setup_testing_defaults

import pytest

from marketplace.wsgi import application

# The door closes old connections as a request begins, which a test inside of one transaction would not survive.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "charset",
    [
        *("=hex", "=idna", "=undefined", "=utf-16", "=no-such", "=utf-8"),
        *("*=utf-8''a%00b", "*=raw_unicode_escape''%5cud800", "*=nope''%41"),
    ],
)
def test_no_charset_that_a_request_claims_breaks_the_site(charset):
    environ = {"PATH_INFO": "/help/", "QUERY_STRING": "page=1", "CONTENT_TYPE": f"text/html; charset{charset}"}
    setup_testing_defaults(environ)
    answers = []
    application(environ, lambda status, headers: answers.append(status))
    assert answers == ["200 OK" if charset == "=utf-8" else "400 Bad Request"]
