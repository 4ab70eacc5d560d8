"""What `manage.py check --deploy` says of the site's own settings, beside what Django and its packages say."""

import os

from django.conf import settings
from django.core.checks import Tags, Warning, register

OF_THIS_MACHINE = {"", "localhost", "127.0.0.1", "::1"}
# With these a server, or whoever stands before it, decides whether the connection is in clear.
UNDECIDED = {None, "allow", "prefer"}


def may_be_listened_to(database: dict) -> bool:
    """Whether a connection goes to another machine without a word on whether it is encrypted."""
    hosts, options = database.get("HOST", "").split(","), database.get("OPTIONS", {})
    is_here = all(host in OF_THIS_MACHINE or host.startswith("/") for host in hosts) and "hostaddr" not in options
    mode = options.get("sslmode") or os.environ.get("PGSSLMODE")
    return not is_here and mode in UNDECIDED and "service" not in options


@register(Tags.security, deploy=True)
def database_says_how_it_is_reached(app_configs, **kwargs) -> list[Warning]:
    """A connection to another machine has to say whether it is encrypted."""
    if not may_be_listened_to(settings.DATABASES["default"]):
        return []
    return [
        Warning(
            "DATABASE_URL leads to another machine, and does not say whether anybody may listen in.",
            hint="Add ?sslmode=verify-full&sslrootcert=/path/of/the/authority.crt, or ?sslmode=disable in a network of"
            " your own.",
            id="marketplace.W001",
        )
    ]
