"""Published URLs must not change, because other programs rely on them."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve

import accounts.urls
import api.urls
from api.reference import ReferenceView
from core.caching import cache_for_visitors
from marketplace import health
from pages import sitemaps, views

# The admin uses the site's log-in, with its limits and mails.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.password_change = lambda request, extra_context=None: redirect("account_change_password")  # type: ignore
admin.site.site_header = admin.site.site_title = "Swept staff"

words = {
    page: cache_for_visitors(views.PublicPage.as_view(template_name=f"pages/{page}.html"))
    for page in ("help", "rules", "privacy", "terms", "accessibility")
}

# What shows or closes an account needs every app, so its views are in pages.
account_urlpatterns = [
    *accounts.urls.urlpatterns,
    path("accounts/", views.AccountView.as_view(), name="account"),
    path("accounts/close/", views.AccountCloseView.as_view(), name="close"),
]

urlpatterns = [
    path("", cache_for_visitors(views.HomeView.as_view()), name="home"),
    path("dashboard/", views.DashboardView.as_view(), name="dashboard"),
    # Before what begins with nothing, whose patterns would all be tried first.
    path("api/v1/", cache_for_visitors(ReferenceView.as_view()), name="api_reference"),
    path("api/v1/", api.urls.urls),
    path("", include((account_urlpatterns, "accounts"))),
    path("accounts/export/", views.export, name="export"),
    path("", include("notifications.urls")),
    path("", include("cleanings.urls")),
    path("", include("offers.urls")),
    path("", include("conversations.urls")),
    path("", include("evaluations.urls")),
    path("", include("reports.urls")),
    path("accounts/", include("accounts.allauth_urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/second-factor/", include("allauth.mfa.urls")),
    *(path(f"{page}/", view, name=page) for page, view in words.items()),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-<slug:section>.xml", sitemaps.part, name="sitemap_part"),
    # The mail queue in earlier versions.
    re_path(
        "^admin/notifications/mail/(?P<rest>.*)$",
        RedirectView.as_view(url="/admin/mailqueue/mail/%(rest)s", query_string=True),
    ),
    path("admin/", admin.site.urls),
    path("livez", health.livez, name="livez"),
    path("healthz", health.healthz, name="healthz"),
    # On a developer's machine; elsewhere the proxy or the bucket serves photos.
    *static(settings.MEDIA_URL, login_not_required(serve), document_root=settings.MEDIA_ROOT),
]

handler400 = "marketplace.errors.bad_request"
handler404 = "marketplace.errors.not_found"
handler429 = "marketplace.errors.too_many_tries"
handler500 = "marketplace.errors.server_error"
