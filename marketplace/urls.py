"""Every address of the site. Other programs rely on them: an address that was published stays."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from marketplace import views

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Swept staff"

words = {
    page: views.PublicPage.as_view(template_name=f"marketplace/{page}.html")
    for page in ("help", "privacy", "terms", "accessibility")
}

urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("", include("accounts.urls")),
    path("", include("notifications.urls")),
    path("", include("cleanings.urls")),
    path("", include("offers.urls")),
    path("accounts/", include("allauth.account.urls")),
    *(path(f"{page}/", view, name=page) for page, view in words.items()),
    path("admin/", admin.site.urls),
    path("livez", views.livez, name="livez"),
    path("healthz", views.healthz, name="healthz"),
]

handler400 = "marketplace.errors.bad_request"
handler429 = "marketplace.errors.too_many_tries"
handler500 = "marketplace.errors.server_error"
