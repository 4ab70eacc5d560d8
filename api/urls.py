"""Everything under `/api/v1/`. Published addresses must not change, because programs rely on them."""

from django.conf import settings
from ninja import NinjaAPI

from api import cleanings, conversations, notifications, offers, people, tokens
from api.answers import urls_of
from api.parser import JsonParser
from api.problems import add_handlers

DESCRIPTION = (
    "The same verbs, refusals and limits as the pages of the site. Send an access token in the header "
    "`Authorization: Bearer`; what is public on a page needs none. Money is text, times are ISO 8601 in UTC, and every "
    "address ends with a slash."
)

api = NinjaAPI(
    title=settings.SITE_NAME,
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    parser=JsonParser(),
    urls_namespace="api",
    servers=[{"url": settings.SITE_URL}],
)
add_handlers(api)
for prefix, router in (
    ("/tokens", tokens.router),
    ("", people.router),
    ("", cleanings.router),
    ("", offers.router),
    ("", conversations.router),
    ("/notifications", notifications.router),
):
    api.add_router(prefix, router)

urls = urls_of(api)
