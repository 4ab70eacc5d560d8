"""The URLs of the site and three for the bench, behind the same middleware."""

import os

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI

from api.answers import answer, urls_of
from api.authentication import READS
from marketplace import urls
from marketplace.urls import handler400, handler429, handler500

__all__ = ["handler400", "handler429", "handler500"]


@login_not_required
def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@login_not_required
def worker(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(os.getpid()))


programs = NinjaAPI(docs_url=None, openapi_url=None, urls_namespace="bench")


@programs.get("/nothing/", auth=READS)
def nothing_by_token(request: HttpRequest) -> HttpResponse:
    return answer({})


urlpatterns = [
    *urls.urlpatterns,
    path("bench/nothing", nothing),
    path("bench/worker", worker),
    path("api/v1/bench/", urls_of(programs)),
]
