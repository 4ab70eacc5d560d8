"""The site's settings as the tests run them: as in production, but without HTTPS and with a fast password hash."""

import os

os.environ.update(
    DEBUG="0",
    HTTPS="0",
    SECRET_KEY="tests-need-a-key-and-nobody-else-uses-this-one-0123456789",
    SITE_URL="http://localhost:8000",
    ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
    TIME_ZONE="Europe/Brussels",
    CURRENCY="EUR",
    CACHE_URL="",
    DB_POOL_MAX="",
    TRUSTED_PROXY_COUNT="",
    SITE_NAME="",
    DEFAULT_FROM_EMAIL="",
    EMAIL_URL="consolemail://",
    # Refusals are expected by the hundred; what is an error is still printed.
    LOG_LEVEL="ERROR",
)

from marketplace.settings import *  # noqa: F403
from marketplace.settings import STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Plain names for static files: the hashed ones need collectstatic, which script/check runs.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
