"""Everything under `/api/v1/`. Published addresses must not change, because programs rely on them."""

from django.views.decorators.http import require_safe

from api import cleanings, conversations, notifications, offers, people, tokens
from api.answers import urls_of
from api.openapi import DESCRIPTION, TITLE, DocumentedAPI
from api.parser import JsonParser
from api.problems import add_handlers

api = DocumentedAPI(
    title=TITLE,
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    docs_decorator=require_safe,
    parser=JsonParser(),
    urls_namespace="api",
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
