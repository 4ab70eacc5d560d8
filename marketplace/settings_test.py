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
    LIMITS="",
    DB_POOL_MAX="",
    TRUSTED_PROXY_COUNT="",
    AWS_STORAGE_BUCKET_NAME="",
    AWS_S3_REGION_NAME="",
    AWS_S3_ENDPOINT_URL="",
    AWS_S3_CUSTOM_DOMAIN="",
    SITE_NAME="",
    DEFAULT_FROM_EMAIL="",
    CONTACT_EMAIL="hello@swept.example",
    EMAIL_URL="consolemail://",
    LOG_LEVEL="ERROR",
)

from marketplace.settings import *  # noqa: F403
from marketplace.settings import BASE_DIR, CACHES, DATABASES, INSTALLED_APPS, STORAGES, TASKS

INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STAFF_NEEDS_SECOND_FACTOR = False
# Plain names for static files: the hashed ones need collectstatic, which script/check runs.
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "private": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
}
del TASKS
CACHES["pages"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
MEDIA_ROOT = BASE_DIR / "test-results" / "media"

# Unordered rows come in another order than they were written in, as they may on PostgreSQL. What savepoints need to go
# back stays in memory, as the database does, and not in a file for each test.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA reverse_unordered_selects=ON;PRAGMA temp_store=MEMORY;"
else:
    # Twenty requests at once, in one process, wait longer for a lock than in production.
    DATABASES["default"]["PARAMETERS"] |= {"lock_timeout": "30s", "statement_timeout": "60s"}
