import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Info, Tags, Warning, register

LOCAL_HOSTS = {"", "localhost", "127.0.0.1", "::1"}
# Only verify-full looks at the name in the certificate; disable says that nobody has to.
DECIDED = {"verify-full", "disable"}


def is_local(host: str | None) -> bool:
    return (host or "") in LOCAL_HOSTS or str(host).startswith("/")


def may_be_overheard(database: dict) -> bool:
    hosts, options = database.get("HOST", "").split(","), database.get("OPTIONS", {})
    mode = options.get("sslmode") or os.environ.get("PGSSLMODE")
    is_here = all(map(is_local, hosts)) and "hostaddr" not in options
    return not is_here and mode not in DECIDED and "service" not in options


@register(Tags.security, deploy=True)
def check_database_encryption(app_configs, **kwargs) -> list[Warning]:
    if not may_be_overheard(settings.DATABASES["default"]):
        return []
    return [
        Warning(
            "DATABASE_URL leads to another machine, and anybody on the way may listen in.",
            hint="Add ?sslmode=verify-full&sslrootcert=/path/of/the/authority.crt, or ?sslmode=disable in a network of"
            " your own.",
            id="marketplace.W001",
        )
    ]


@register(Tags.security, deploy=True)
def check_encryption(app_configs, **kwargs) -> list[Warning]:
    photos: Any = settings.STORAGES["default"]
    bucket = photos.get("OPTIONS", {}).get("endpoint_url")
    warnings = []
    for variable, url, in_clear, encrypted in (
        ("EMAIL_URL", settings.EMAIL_URL, "smtp", "smtp+tls:// or smtp+ssl://"),
        ("CACHE_URL", settings.CACHE_URL, "redis", "rediss://"),
        ("AWS_S3_ENDPOINT_URL", bucket or "", "http", "https://"),
    ):
        parts = urlsplit(url)
        if parts.scheme == in_clear and not is_local(parts.hostname):
            warnings.append(
                Warning(
                    f"{variable} leads to another machine, and anybody on the way may listen in.",
                    hint=f"Write {encrypted} if the server takes it, or keep to a network of your own.",
                    id="marketplace.W002",
                )
            )
    return warnings


@register(deploy=True)
def check_contact(app_configs, **kwargs) -> list[Info]:
    if settings.CONTACT_EMAIL:
        return []
    return [
        Info(
            "CONTACT_EMAIL is not set, so Help and Rules name no address.",
            hint="Set it to an address that someone reads: in the European Union, members and authorities need one.",
            id="marketplace.I001",
        )
    ]
