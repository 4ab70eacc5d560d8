import os

from django.conf import settings
from django.core.checks import Info, Tags, Warning, register

LOCAL_HOSTS = {"", "localhost", "127.0.0.1", "::1"}
# With these, the server or a man in the middle decides whether the connection is encrypted.
UNDECIDED = {None, "allow", "prefer"}


def may_be_unencrypted(database: dict) -> bool:
    hosts, options = database.get("HOST", "").split(","), database.get("OPTIONS", {})
    is_local = all(host in LOCAL_HOSTS or host.startswith("/") for host in hosts) and "hostaddr" not in options
    mode = options.get("sslmode") or os.environ.get("PGSSLMODE")
    return not is_local and mode in UNDECIDED and "service" not in options


@register(Tags.security, deploy=True)
def check_database_encryption(app_configs, **kwargs) -> list[Warning]:
    if not may_be_unencrypted(settings.DATABASES["default"]):
        return []
    return [
        Warning(
            "DATABASE_URL leads to another machine, and does not say whether anybody may listen in.",
            hint="Add ?sslmode=verify-full&sslrootcert=/path/of/the/authority.crt, or ?sslmode=disable in a network of"
            " your own.",
            id="marketplace.W001",
        )
    ]


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
