"""Where Swept differs from allauth's way of writing mails."""

from types import SimpleNamespace
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


def on_our_site(url: str) -> str:
    """The same path and query below SITE_URL."""
    return settings.SITE_URL + urlsplit(url)._replace(scheme="", netloc="").geturl()


class AccountAdapter(DefaultAccountAdapter):
    """Names and links in mails come from SITE_NAME and SITE_URL, never from the Host header that a stranger can set."""

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        links = {name: on_our_site(value) for name, value in context.items() if name.endswith("_url")}
        site = SimpleNamespace(name=settings.SITE_NAME, domain=urlsplit(settings.SITE_URL).netloc)
        super().send_mail(template_prefix, email, context | links | {"current_site": site})

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to where the person's account is kept, not to the form once more."""
        return reverse("accounts:profile_update")

    def is_safe_url(self, url: str | None) -> bool:
        """Whether `next` stays on the site; an address that cannot even be taken apart does not."""
        try:
            return super().is_safe_url(url)
        except ValueError:
            return False
