"""Pages that belong to no app: home, help, health."""

from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from cleanings.models import Cleaning


@method_decorator(login_not_required, name="dispatch")
class PublicPage(TemplateView):
    """A page of words that everybody may read."""


class HomeView(PublicPage):
    """What Swept is, for both sides, and the six newest cleanings that take offers."""

    template_name = "marketplace/home.html"

    def get_context_data(self, **kwargs) -> dict:
        newest = Cleaning.objects.open().marked_for(self.request.user).newest_first()[:6]
        return super().get_context_data(newest=newest, **kwargs)


@never_cache
@login_not_required
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is touched."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The database answers and has every migration: 200, else 503. No detail, because anybody may ask."""
    try:
        is_ready = migrations_of_the_code() <= MigrationRecorder(connection).applied_migrations().keys()
    except OperationalError:
        is_ready = False
    return HttpResponse("ok" if is_ready else "not ready", content_type="text/plain", status=200 if is_ready else 503)


@cache
def migrations_of_the_code() -> set[tuple[str, str]]:
    """App and name of every migration that this code comes with; read once a process, because files take their time."""
    return set(MigrationLoader(None).disk_migrations)
