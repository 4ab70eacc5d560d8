"""The URLs of the site and two for the bench, behind the same middleware."""

import os

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from marketplace import urls
from marketplace.urls import handler400, handler429, handler500

__all__ = ["handler400", "handler429", "handler500"]


@login_not_required
def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@login_not_required
def worker(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(os.getpid()))


urlpatterns = [*urls.urlpatterns, path("bench/nothing", nothing), path("bench/worker", worker)]
