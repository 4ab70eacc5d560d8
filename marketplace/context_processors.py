from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


def site(request: HttpRequest) -> dict[str, str]:
    return {
        "country": settings.COUNTRY,
        "currency": settings.CURRENCY,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "contact_email": settings.CONTACT_EMAIL,
        "mail_page": reverse("notifications:mailbox") if settings.MAILBOX else "",
        "zone_name": settings.ZONE_NAME,
    }
