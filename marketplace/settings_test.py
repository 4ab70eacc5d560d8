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
    AWS_STORAGE_BUCKET_NAME="",
    AWS_S3_REGION_NAME="",
    AWS_S3_ENDPOINT_URL="",
    AWS_S3_CUSTOM_DOMAIN="",
    SITE_NAME="",
    DEFAULT_FROM_EMAIL="",
    EMAIL_URL="consolemail://",
    # Refusals are expected by the hundred; what is an error is still printed.
    LOG_LEVEL="ERROR",
)

from marketplace.settings import *  # noqa: F403
from marketplace.settings import BASE_DIR, CACHES, DATABASES, STORAGES, TASKS

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Those of the second factor ask for it.
STAFF_NEEDS_SECOND_FACTOR = False
# Plain names for static files: the hashed ones need collectstatic, which script/check runs.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Mail that is not taken by the outbox of the tests leaves at once; those of the queue ask for the queue.
del TASKS
# A page is made anew each time; the tests of the copies that are kept ask for them.
CACHES["pages"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
# No test writes among the photos of a developer's own site.
MEDIA_ROOT = BASE_DIR / "test-results" / "media"

# Rows that nobody asked to be in an order come in another one than they were written in, as they may on PostgreSQL.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA reverse_unordered_selects=ON;"
else:
    # Twenty at once and the one process of the tests that serves them all wait longer for a lock than a person should.
    DATABASES["default"]["PARAMETERS"] |= {"lock_timeout": "30s", "statement_timeout": "60s"}
