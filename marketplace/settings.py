"""Every setting of the site, in one file; what differs between machines comes from the environment.

Each variable is explained in `.env.example`. A value that cannot be used stops the start with a sentence.
"""

import mimetypes
from datetime import timedelta
from email.utils import formataddr
from importlib.util import find_spec
from urllib.parse import quote, urlsplit
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import list_currencies
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from core.text import clean_line
from marketplace.database_url import database_config
from marketplace.env import (
    BASE_DIR,
    boolean,
    choice,
    contact_email,
    email_config,
    env,
    from_email,
    hosts,
    integer,
    private_part,
    redis_cache,
    s3_storage,
    site_url,
)
from marketplace.logs import is_fault

# Environment

DEBUG = boolean("DEBUG", False)
HTTPS = boolean("HTTPS", not DEBUG)

SECRET_KEY = env.str("SECRET_KEY", "") or ("only-for-a-newcomer-with-debug-on" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Set it to 50 random characters, and keep them to yourself.")
# Earlier keys: what they signed and encrypted can still be read.
SECRET_KEY_FALLBACKS = [key.strip() for key in env.list("SECRET_KEY_FALLBACKS", default=[]) if key.strip()]

if env.str("ALLOWED_HOSTS", "").strip(", ") in {"", "*"} and not DEBUG:
    raise ImproperlyConfigured("ALLOWED_HOSTS is empty or '*'. Name the hosts that the site answers to.")
ALLOWED_HOSTS = hosts("ALLOWED_HOSTS", env.str("ALLOWED_HOSTS", "")) or ["localhost", "127.0.0.1", "[::1]"]

SITE_NAME = clean_line(env.str("SITE_NAME", "")) or "Swept"
if len(SITE_NAME) > 60:
    raise ImproperlyConfigured("SITE_NAME is longer than 60 characters. Shorten it.")
# For gunicorn.conf.py; checked here too, so that `manage.py check` finds a mistake before a reload.
PORT = integer("PORT", 8000, least=1, most=65535)
WEB_CONCURRENCY = integer("WEB_CONCURRENCY", 0)
_home = f"http://localhost:{PORT}" if DEBUG else f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
SITE_URL = site_url(
    "SITE_URL", env.str("SITE_URL", "").strip() or _home, ALLOWED_HOSTS + (["localhost"] if DEBUG else [])
)
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# Apps, middleware and templates

INSTALLED_APPS = [
    "core",
    "mailqueue",
    "accounts",
    "notifications",
    "cleanings",
    "offers",
    "conversations",
    "evaluations",
    "reports",
    "api",
    "pages",
    "marketplace",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "accounts.allauth_apps.AddressesConfig",
    "accounts.allauth_apps.SecondFactorsConfig",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    # Below `mailqueue`, whose db_worker replaces the one of this app.
    "django_tasks_db",
]
# The image has no demo.
if DEBUG and find_spec("demo"):
    INSTALLED_APPS.append("demo")

MIDDLEWARE = [
    "core.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "marketplace.middleware.PlainHTTPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "marketplace.middleware.ErrorPagesMiddleware",
    "core.middleware.RequestChecksMiddleware",
    "core.middleware.PrefetchMiddleware",
    "core.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.AuthenticationMiddleware",
    "accounts.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "accounts.middleware.IdleMiddleware",
    "accounts.middleware.DeviceMiddleware",
]

ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.context_processors.site",
                "notifications.context_processors.unread",
            ],
            "builtins": ["core.templatetags.text", "cleanings.templatetags.hiding"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# Database and caches

DB_POOL_MAX = integer("DB_POOL_MAX", 0)
DATABASE_URL = env.str("DATABASE_URL", "").strip() or f"sqlite:///{quote(str(BASE_DIR / 'db.sqlite3'))}"
DATABASES = {"default": database_config("DATABASE_URL", DATABASE_URL, DB_POOL_MAX)}

SESSION_ENGINE = "marketplace.sessions"
CACHE_URL = env.str("CACHE_URL", "")
CACHES = {
    # What all processes share: rate limits, and codes that were used.
    "default": redis_cache(CACHE_URL) if CACHE_URL else {"BACKEND": "accounts.cache.DatabaseCache"},
    # In the memory of each process, because a shared cache would take longer than these save: pages for visitors, for
    # seconds, parts of pages, and figures that are counted over many rows, apart from the parts, which are many.
    **{
        name: {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": name,
            "OPTIONS": {"MAX_ENTRIES": most},
        }
        for name, most in {"pages": 200, "parts": 3000, "figures": 1000}.items()
    },
}

# Accounts

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.AddressBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "accounts.password_validation.SimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email", "display_name")},
    },
    {"NAME": "accounts.password_validation.MinimumLengthValidator"},
    {"NAME": "accounts.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.password_validation.SiteWordsValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "add_email": "accounts.forms.ChangeEmailForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# One address a person. It changes once the link that was mailed to the new one is opened.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.tokens.ResetTokenGenerator"  # noqa: S105 - a class
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Strictness concerns sign-up only: an unconfirmed address belongs to the first person who confirms it.
ACCOUNT_PREVENT_ENUMERATION = "strict"
# Of network addresses; those of accounts and of people always hold.
LIMITS = boolean("LIMITS", True)
# These are counted in accounts/rate_limits.py.
ACCOUNT_RATE_LIMITS = dict.fromkeys(("login", "login_failed", "reauthenticate", "signup", "reset_password")) | {
    # Tries / time / per mailbox (key), or person who is logged in (user).
    "confirm_email": "1/3m/key,10/d/key",
    "change_password": "5/5m/user",
    # Each mails an address that was only typed.
    "manage_email": "20/h/user",
    "photo": "20/h/user",
    # Each is mailed.
    "access_token": "20/h/user",
}

MFA_ADAPTER = "accounts.mfa.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.mfa.AuthenticateForm",
    "reauthenticate": "accounts.mfa.ReauthenticateForm",
    "activate_totp": "accounts.mfa.ActivateTOTPForm",
    "deactivate_totp": "accounts.mfa.DeactivateTOTPForm",
    "generate_recovery_codes": "accounts.mfa.GenerateRecoveryCodesForm",
    "add_webauthn": "accounts.mfa.AddPasskeyForm",
    "edit_webauthn": "accounts.mfa.RenamePasskeyForm",
    "authenticate_webauthn": "accounts.mfa.AuthenticatePasskeyForm",
    "reauthenticate_webauthn": "accounts.mfa.ReauthenticatePasskeyForm",
    "login_webauthn": "accounts.mfa.LoginPasskeyForm",
}
# A new address may wait for its confirmation meanwhile: everybody who can log in has confirmed one.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Everywhere, because an answer that a passkey gave without verification could be used to log in.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = SITE_NAME
# A code is valid for half a minute longer: clocks differ, and people type slowly.
MFA_TOTP_TOLERANCE = 1
STAFF_NEEDS_SECOND_FACTOR = not DEBUG
TRUSTED_PROXY_COUNT = integer("TRUSTED_PROXY_COUNT", 0, most=20)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

# Language, money and time

LANGUAGE_CODE = "en-gb"
TIME_ZONE = choice("TIME_ZONE", "Europe/Brussels", available_timezones())
# Such as "Brussels time".
ZONE_NAME = f"{TIME_ZONE.rsplit('/', 1)[-1].replace('_', ' ')} time"
CURRENCY = choice("CURRENCY", "EUR", list_currencies())
# Whose postcodes count, by its ISO code; `manage.py load_places` loads them.
COUNTRY = choice("COUNTRY", "BE", {code for code in map(str, Locale("en").territories) if len(code) == 2})
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "marketplace.formats"

# Files

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "media/"
MEDIA_ROOT = BASE_DIR / "media"
# Photos of jobs, which only the site itself reads.
PRIVATE_ROOT = BASE_DIR / "private"
# Before 3.13 Python does not know the type of photos.
mimetypes.add_type("image/webp", ".webp")

# Photos are in MEDIA_ROOT, or in a bucket of an S3 service. Keys alone do not choose a bucket: other programs on the
# machine may use them.
_photos, _photo_origins = {"BACKEND": "django.core.files.storage.FileSystemStorage"}, []
_private = _photos | {
    "OPTIONS": {"location": PRIVATE_ROOT, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
}
_bucket = {
    "name": env.str("AWS_STORAGE_BUCKET_NAME", ""),
    "region": env.str("AWS_S3_REGION_NAME", ""),
    "endpoint": env.str("AWS_S3_ENDPOINT_URL", ""),
    "domain": env.str("AWS_S3_CUSTOM_DOMAIN", ""),
}
if any(_bucket.values()):
    _keys = {"key": env.str("AWS_ACCESS_KEY_ID", ""), "secret": env.str("AWS_SECRET_ACCESS_KEY", "")}
    _photos, _origin = s3_storage(**_bucket, **_keys)
    _photo_origins = [_origin]
    _private = private_part(_photos)

STORAGES = {
    "default": _photos,
    "private": _private,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "core.static_files.StaticFilesStorage"
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Mail

# Every mail goes into the queue, in the transaction that causes it; a worker sends it by MAIL_TRANSPORT.
EMAIL_BACKEND = "mailqueue.backends.QueueBackend"
EMAIL_URL = env.str("EMAIL_URL", "").strip() or ("" if DEBUG else "smtp://localhost:25")
_transport = email_config("EMAIL_URL", EMAIL_URL or "consolemail://")
MAIL_TRANSPORT = _transport.pop("EMAIL_BACKEND")
vars().update(_transport)
EMAIL_TIMEOUT = 5
# Where EMAIL_URL is empty, on a developer's machine, mail is printed, and kept in this folder for /mail/.
MAILBOX = "" if EMAIL_URL else str(BASE_DIR / "mail")
if MAILBOX:
    MAIL_TRANSPORT = "mailqueue.mailbox.MailboxBackend"
# Without TASKS there is no queue: mail is sent at once, after the commit.
if not DEBUG:
    TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
# How long a notification waits for others about the same cleaning, which go into one mail.
MAIL_GATHERED_FOR = timedelta(minutes=0 if DEBUG else 10)
_hello = formataddr((SITE_NAME, f"hello@{urlsplit(SITE_URL).hostname}"))
DEFAULT_FROM_EMAIL = from_email("DEFAULT_FROM_EMAIL", env.str("DEFAULT_FROM_EMAIL", "").strip(), _hello)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Named in Help and Rules. Without it they name none, because nobody may read what is sent to any other address.
CONTACT_EMAIL = contact_email("CONTACT_EMAIL", env.str("CONTACT_EMAIL", "").strip())

# Security headers, sessions and cookies

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *_photo_origins],
        "font-src": [SELF],
        # Search engines and their tools read robots.txt from within a page.
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Seconds after the last request.
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
STAFF_SESSION_AGE = 60 * 30
# Seconds after the log-in, however much a session is used.
SESSION_LIFETIME = 60 * 60 * 24 * 90
STAFF_SESSION_LIFETIME = 60 * 60 * 12
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Recognises a browser in which somebody logged in before; its rate limits are its own.
DEVICE_COOKIE_NAME = "device"
CSRF_FAILURE_VIEW = "marketplace.errors.page_too_old"
MESSAGE_STORAGE = "core.messages.MessageStorage"
MESSAGE_COOKIE_NAME = "messages"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# Health is answered over plain HTTP. What a program asks with a key is refused: sent on, it would go on sending the key
# in clear, and nobody would notice.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^healthz$", r"^api/v1/.", r"^calendar/.+\.ics$"]

if HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    # With this prefix browsers refuse the cookie from any other host or without HTTPS.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    DEVICE_COOKIE_NAME, MESSAGE_COOKIE_NAME = "__Host-device", "__Host-messages"
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Logging

LOG_LEVEL = choice("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(levelname)s %(name)s %(message)s"},
        "json": {"()": "marketplace.logs.JsonFormatter", "proxies": TRUSTED_PROXY_COUNT},
    },
    "filters": {"faults": {"()": "django.utils.log.CallbackFilter", "callback": is_fault}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain" if DEBUG else "json"}},
    "loggers": {
        # Django's own handlers would write every line twice.
        "django": {"handlers": []},
        "django.request": {"filters": ["faults"]},
        # On a failure they log a traceback that may quote a recipient; mailqueue.signals logs what is needed.
        "django_tasks": {"level": "CRITICAL"},
        "django.tasks": {"level": "CRITICAL"},
        # Anybody can send another host name. The answer, 400, is in the line of the request.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
