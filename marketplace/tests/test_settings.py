"""What the environment may say, what it may not, and what production is by default."""

import json
import os
import re
import runpy
import subprocess
import sys
from datetime import datetime, timedelta
from email.utils import getaddresses
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from gunicorn.config import Config

from api.tests.programs import token_of
from marketplace import checks
from marketplace.testing import create_user

HERE = Path(settings.BASE_DIR)
SETTINGS = HERE / "marketplace" / "settings.py"
GUNICORN = HERE / "gunicorn.conf.py"

READ = re.compile(r"""(?:\.str|\.list|boolean|integer|choice)\(["']([A-Z0-9_]+)""")
VARIABLES = set(READ.findall(SETTINGS.read_text() + GUNICORN.read_text()))
PRODUCTION = {"SECRET_KEY": "k7Jq-" * 12, "ALLOWED_HOSTS": "swept.example"}
# One in the place of which any other could stand.
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def environment(monkeypatch):
    """Sets exactly these variables; the empty ones keep this machine's own and its .env out."""

    def set_variables(**values: str) -> dict[str, str]:
        values = dict.fromkeys(VARIABLES, "") | values
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        return values

    return set_variables


@pytest.fixture
def load(environment):
    """The settings under these variables."""

    def load_settings(**values: str) -> SimpleNamespace:
        environment(**values)
        return SimpleNamespace(**runpy.run_path(str(SETTINGS)))

    return load_settings


def manage(*arguments: str) -> subprocess.CompletedProcess:
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "marketplace.settings"}
    # The browser tests set it for themselves.
    environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=HERE, env=environ, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("ALLOWED_HOSTS", ""),
        ("ALLOWED_HOSTS", " , "),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "swept.example, *"),
        ("ALLOWED_HOSTS", "https://swept.example"),
        ("ALLOWED_HOSTS", "swept.example:8000"),
        ("ALLOWED_HOSTS", "swept.example www.swept.example"),
        ("ALLOWED_HOSTS", "swept.example/town"),
        ("ALLOWED_HOSTS", "www.swept.example, *.swept.example"),
        ("ALLOWED_HOSTS", "swept..example"),
        ("ALLOWED_HOSTS", "swept.example."),
        ("ALLOWED_HOSTS", "-swept.example"),
        ("ALLOWED_HOSTS", f"{'a' * 64}.example"),
        ("ALLOWED_HOSTS", "192.168.1.256"),
        ("ALLOWED_HOSTS", "::1"),
        ("ALLOWED_HOSTS", "somebody@swept.example"),
        ("DEBUG", "ture"),
        ("HTTPS", "maybe"),
        ("SITE_URL", "swept.example"),
        ("SITE_URL", "ftp://swept.example"),
        ("SITE_URL", "https://swept.example/town/"),
        ("SITE_URL", "https://swept.example?town=1"),
        ("SITE_URL", "https://swept.example/#top"),
        ("SITE_URL", "https://somebody:hush@swept.example"),
        ("SITE_URL", "https://elsewhere.example"),
        ("SITE_URL", "https://www.swept.example"),
        ("SITE_URL", "https://swept.example:99999"),
        ("SITE_URL", "https://swept.example:0"),
        ("SITE_URL", "https://[::1"),
        ("SITE_URL", "https://"),
        ("DEFAULT_FROM_EMAIL", "nonsense"),
        ("DEFAULT_FROM_EMAIL", "Swept hello@swept.example"),
        ("DEFAULT_FROM_EMAIL", "Swept, Ghent <hello@swept.example>"),
        ("DEFAULT_FROM_EMAIL", "hello@swept.example, other@swept.example"),
        ("DEFAULT_FROM_EMAIL", "Swept <hello@swept.example"),
        ("DEFAULT_FROM_EMAIL", "hello@swept.example\nBcc: all@swept.example"),
        ("DEFAULT_FROM_EMAIL", "hello@"),
        ("CONTACT_EMAIL", "nonsense"),
        ("CONTACT_EMAIL", "help@swept.example, law@swept.example"),
        ("SITE_NAME", "Swept " * 20),
        ("DATABASE_URL", "mysql://user:hush@localhost/swept"),
        ("DATABASE_URL", "a database"),
        ("DATABASE_URL", "postgres://user:hush@localhost"),
        ("DATABASE_URL", "postgres://user:hush@localhost/"),
        ("DATABASE_URL", "postgres://user:hu#sh@localhost/swept"),
        ("DATABASE_URL", "postgres://user:hush@localhost:70000/swept"),
        ("DATABASE_URL", f"postgres://user:hush@localhost/{'s' * 64}"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite://:memory:"),
        ("DATABASE_URL", "sqlite://swept.sqlite3"),
        ("DATABASE_URL", "sqlite:////nowhere/at/all/swept.sqlite3"),
        ("DATABASE_URL", "sqlite:////tmp"),
        ("DATABASE_URL", "postgres://user:hush@localhost:port/swept"),
        ("CACHE_URL", "a cache"),
        ("CACHE_URL", "redis://"),
        ("CACHE_URL", "redis://localhost:port/0"),
        ("CACHE_URL", "rediscache://localhost/0"),
        ("CACHE_URL", "memcache://localhost:11211"),
        ("CACHE_URL", "locmemcache://"),
        ("CACHE_URL", "dummycache://"),
        ("EMAIL_URL", "a letter box"),
        ("EMAIL_URL", "smtp://"),
        ("EMAIL_URL", "smtp://mail server:25"),
        ("EMAIL_URL", "smtp+tls://user:hush@mail.example:many"),
        ("EMAIL_URL", "smtp+tls://user:hush@mail.example:70000"),
        ("EMAIL_URL", "smtps://user:hush@mail.example"),
        ("EMAIL_URL", "smtp+tls://user:hush@mail.example:587?timeout=60"),
        ("EMAIL_URL", "smtp+tls://user:hu#sh@mail.example:587"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("CURRENCY", "SHELL"),
        ("LOG_LEVEL", "LOUD"),
        ("TRUSTED_PROXY_COUNT", "-1"),
        ("TRUSTED_PROXY_COUNT", "1000"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "9" * 5_000),
        ("TRUSTED_PROXY_COUNT", "one"),
        ("TRUSTED_PROXY_COUNT", "١"),
        ("DB_POOL_MAX", "1.5"),
    ],
)
def test_an_unusable_value_is_refused_with_a_sentence(load, name, value):
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} .*\.$") as refusal:
        load(**PRODUCTION | {name: value})
    assert "hush" not in str(refusal.value)


def test_the_sentence_is_all_that_a_command_says(environment):
    environment(**PRODUCTION | {"HTTPS": "maybe"})
    result = manage("check")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "Swept cannot start: HTTPS is 'maybe'; set it to 1 or 0.\n"


def test_messages_are_in_a_cookie_of_this_host(environment):
    environment(**PRODUCTION)
    asked = "from core.messages import CookieStorage; print(CookieStorage.cookie_name)"
    assert manage("shell", "--verbosity", "0", "-c", asked).stdout == "__Host-messages\n"


def test_production_is_closed_by_default(load):
    site = load(**PRODUCTION)
    assert (site.DEBUG, site.HTTPS, site.SECURE_SSL_REDIRECT) == (False, True, True)
    assert (site.SESSION_COOKIE_NAME, site.CSRF_COOKIE_NAME) == ("__Host-sessionid", "__Host-csrftoken")
    assert (site.SESSION_COOKIE_SECURE, site.CSRF_COOKIE_SECURE) == (True, True)
    assert (site.SESSION_COOKIE_HTTPONLY, site.CSRF_COOKIE_HTTPONLY) == (True, True)
    assert (site.SESSION_COOKIE_SAMESITE, site.CSRF_COOKIE_SAMESITE) == ("Lax", "Lax")
    assert (site.DEVICE_COOKIE_NAME, site.MESSAGE_COOKIE_NAME) == ("__Host-device", "__Host-messages")
    assert "demo" not in site.INSTALLED_APPS
    assert site.SECURE_HSTS_SECONDS == 31_536_000
    assert site.SITE_URL == "https://swept.example"
    assert not hasattr(site, "SECURE_PROXY_SSL_HEADER")
    # Django's own hashes: PBKDF2 with SHA-256.
    assert not hasattr(site, "PASSWORD_HASHERS")


def test_a_newcomer_needs_no_variable_but_debug(load):
    site = load(DEBUG="1")
    assert (site.DEBUG, site.HTTPS) == (True, False)
    assert site.ALLOWED_HOSTS == ["localhost", "127.0.0.1", "[::1]"]
    assert "demo" in site.INSTALLED_APPS
    assert not hasattr(site, "SECURE_SSL_REDIRECT")


def test_production_can_speak_plain_http(load):
    site = load(**PRODUCTION, HTTPS="0")
    assert not hasattr(site, "SECURE_SSL_REDIRECT")
    assert not hasattr(site, "SECURE_HSTS_SECONDS")


def test_a_trusted_proxy_says_whether_it_was_https(load):
    site = load(**PRODUCTION, TRUSTED_PROXY_COUNT="1")
    assert site.SECURE_PROXY_SSL_HEADER == ("HTTP_X_FORWARDED_PROTO", "https")
    assert site.ALLAUTH_TRUSTED_PROXY_COUNT == 1


def test_blanks_around_hosts_are_no_part_of_them(load):
    site = load(**PRODUCTION | {"ALLOWED_HOSTS": "swept.example, www.swept.example "})
    assert site.ALLOWED_HOSTS == ["swept.example", "www.swept.example"]


@pytest.mark.parametrize(
    ("hosts", "known_as"),
    [
        ("bücher.example", ["xn--bcher-kva.example"]),
        ("straße.example", ["xn--strae-oqa.example"]),
        (".Bücher.example", [".xn--bcher-kva.example"]),
        ("Swept.Example,.swept.example", ["swept.example", ".swept.example"]),
        ("10.0.0.2, [::1], localhost", ["10.0.0.2", "[::1]", "localhost"]),
        ("xn--bcher-kva.example", ["xn--bcher-kva.example"]),
        ("my_service", ["my_service"]),
    ],
)
def test_hosts_are_known_by_what_browsers_send(load, hosts, known_as):
    assert known_as == load(**PRODUCTION | {"ALLOWED_HOSTS": hosts}).ALLOWED_HOSTS


@pytest.mark.parametrize(
    ("hosts", "address", "origin"),
    [
        ("swept.example", "https://swept.example/", "https://swept.example"),
        ("swept.example", "https://Swept.Example:443", "https://swept.example"),
        ("swept.example", "http://swept.example:8000", "http://swept.example:8000"),
        (".swept.example", "https://www.swept.example", "https://www.swept.example"),
        (".swept.example", "", "https://swept.example"),
        ("bücher.example", "https://bücher.example", "https://xn--bcher-kva.example"),
        ("bücher.example", "", "https://xn--bcher-kva.example"),
        ("[::1]", "http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_forms_may_come_from_the_site_alone(load, hosts, address, origin):
    site = load(**PRODUCTION | {"ALLOWED_HOSTS": hosts, "SITE_URL": address})
    assert (origin, [origin]) == (site.SITE_URL, site.CSRF_TRUSTED_ORIGINS)


@pytest.mark.parametrize(
    "address",
    [
        "hello@swept.example",
        "Swept <hello@swept.example>",
        '"Swept, Ghent" <hello@swept.example>',
        "hello@bücher.example",
        "Geschrobd à Gand <hello@swept.example>",
    ],
)
def test_an_address_is_taken_with_its_name(load, address):
    assert address == load(**PRODUCTION, DEFAULT_FROM_EMAIL=address).DEFAULT_FROM_EMAIL


def test_the_contact_is_an_address_without_a_name_and_has_no_default(load):
    typed = {"": "", "help@swept.example": "help@swept.example", "Swept <help@swept.example>": "help@swept.example"}
    assert {address: load(**PRODUCTION, CONTACT_EMAIL=address).CONTACT_EMAIL for address in typed} == typed


def test_a_line_break_in_the_name_of_the_site_is_a_blank(load):
    assert load(**PRODUCTION, SITE_NAME="Swept\nBcc: all").SITE_NAME == "Swept Bcc: all"


def test_a_comma_in_the_name_makes_no_second_sender(load):
    site = load(**PRODUCTION, SITE_NAME="Swept, Ghent")
    assert getaddresses([site.DEFAULT_FROM_EMAIL]) == [("Swept, Ghent", "hello@swept.example")]


def test_no_mail_waits_for_a_silent_server_for_longer_than_five_seconds(load):
    site = load(**PRODUCTION, EMAIL_URL="smtp+tls://user:hush@mail.example:587")
    assert (site.EMAIL_TIMEOUT, site.MAIL_TRANSPORT) == (5, "django.core.mail.backends.smtp.EmailBackend")


def test_sqlite_takes_the_write_lock_when_a_transaction_begins(load):
    database = load(**PRODUCTION).DATABASES["default"]
    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_connections_to_postgresql_are_kept_and_checked(load):
    database = load(**PRODUCTION, DATABASE_URL="postgres://localhost/swept").DATABASES["default"]
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (600, True)
    assert database["PARAMETERS"] == {"lock_timeout": "3s", "statement_timeout": "5s", "jit": "off"}
    assert "pool" not in database["OPTIONS"]


def test_a_pool_takes_the_place_of_kept_connections(load):
    database = load(**PRODUCTION, DATABASE_URL="postgres://localhost/swept", DB_POOL_MAX="4").DATABASES["default"]
    assert database["OPTIONS"]["pool"]["max_size"] == 4
    assert (database.get("CONN_MAX_AGE", 0), database["CONN_HEALTH_CHECKS"]) == (0, True)


@pytest.mark.parametrize(
    "address", ["redis://localhost", "rediss://me:hush@cache:6380/1", "unix:///run/redis.sock?db=2"]
)
def test_limits_are_counted_in_redis_where_one_is_named(load, tmp_path, monkeypatch, address):
    (tmp_path / "redis.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    shared = load(**PRODUCTION, CACHE_URL=address).CACHES["default"]
    assert shared["BACKEND"] == "django.core.cache.backends.redis.RedisCache"
    assert (shared["LOCATION"], shared["OPTIONS"]["socket_timeout"]) == (address, 2)


def test_limits_are_counted_in_the_database_where_no_redis_is_named(load):
    assert load(**PRODUCTION).CACHES["default"] == {"BACKEND": "accounts.cache.DatabaseCache"}


def test_redis_without_its_package_is_refused_with_a_sentence(load, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "marketplace.env")
    with pytest.raises(ImproperlyConfigured, match=r"^CACHE_URL is set, which takes a package: pip install "):
        load(**PRODUCTION, CACHE_URL="redis://localhost:6379/0")


BUCKET = {
    "AWS_STORAGE_BUCKET_NAME": "swept-photos",
    "AWS_ACCESS_KEY_ID": "somebody",
    "AWS_SECRET_ACCESS_KEY": "hush",
    "AWS_S3_REGION_NAME": "eu-west-1",
}


@pytest.fixture
def storages_installed(tmp_path, monkeypatch):
    """As if the packages of requirements-optional.txt were: no test needs them."""
    for name in ("storages", "boto3", "redis"):
        (tmp_path / f"{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "boto3.s3.transfer", SimpleNamespace(TransferConfig=dict))
    monkeypatch.setitem(sys.modules, "botocore.config", SimpleNamespace(Config=dict))


@pytest.mark.usefixtures("storages_installed")
class TestBucket:
    def test_photos_are_kept_in_a_folder_unless_a_bucket_is_named(self, load):
        site = load(**PRODUCTION, AWS_ACCESS_KEY_ID="of another program", AWS_SECRET_ACCESS_KEY="hush")
        assert site.STORAGES["default"] == {"BACKEND": "django.core.files.storage.FileSystemStorage"}
        assert site.STORAGES["private"]["OPTIONS"]["location"] == site.PRIVATE_ROOT
        assert site.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"] == ["'self'", "data:"]

    @pytest.mark.parametrize(
        ("more", "place", "origin"),
        [
            (
                {},
                "swept-photos.s3.eu-west-1.amazonaws.com",
                "https://swept-photos.s3.eu-west-1.amazonaws.com",
            ),
            (
                {"AWS_S3_ENDPOINT_URL": "http://127.0.0.1:9000", "AWS_S3_REGION_NAME": ""},
                "127.0.0.1:9000/swept-photos",
                "http://127.0.0.1:9000",
            ),
            ({"AWS_S3_CUSTOM_DOMAIN": "photos.swept.example"}, "photos.swept.example", "https://photos.swept.example"),
        ],
    )
    def test_browsers_read_a_bucket_by_unsigned_addresses_that_the_policy_allows(self, load, more, place, origin):
        site = load(**PRODUCTION | BUCKET | more)
        storage = site.STORAGES["default"]
        assert storage["BACKEND"] == "storages.backends.s3.S3Storage"
        assert (storage["OPTIONS"]["custom_domain"], storage["OPTIONS"]["querystring_auth"]) == (place, False)
        assert site.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"] == ["'self'", "data:", origin]

    def test_nobody_has_an_address_for_private_photos(self, load):
        site = load(**PRODUCTION | BUCKET | {"AWS_S3_CUSTOM_DOMAIN": "photos.swept.example"})
        public, private = (site.STORAGES[name] for name in ("default", "private"))
        assert private["BACKEND"] == public["BACKEND"]
        assert private["OPTIONS"] == {
            "bucket_name": "swept-photos",
            "access_key": "somebody",
            "secret_key": "hush",
            "region_name": "eu-west-1",
            "endpoint_url": None,
            "client_config": {"connect_timeout": 2, "read_timeout": 3, "retries": {"total_max_attempts": 1}},
            "transfer_config": {"num_download_attempts": 1},
            "file_overwrite": True,
            "location": "private",
            "object_parameters": {"CacheControl": "private, no-store"},
        }

    @pytest.mark.parametrize("missing", BUCKET)
    def test_a_part_of_what_a_bucket_takes_is_refused_with_a_sentence(self, load, missing):
        with pytest.raises(ImproperlyConfigured, match=rf"^{missing} .*is not set.*\.$") as refusal:
            load(**PRODUCTION | BUCKET | {missing: ""})
        assert "hush" not in str(refusal.value)

    def test_a_role_of_the_machine_takes_the_place_of_keys(self, load):
        site = load(**PRODUCTION | BUCKET | {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
        options = site.STORAGES["private"]["OPTIONS"]
        assert (options["access_key"], options["secret_key"]) == (None, None)

    @pytest.mark.parametrize("address", ["s3.example.org", "ftp://s3.example.org", "https://"])
    def test_an_unusable_address_is_refused_with_a_sentence(self, load, address):
        with pytest.raises(ImproperlyConfigured, match=r"^AWS_S3_ENDPOINT_URL is no web address\..*\.$"):
            load(**PRODUCTION | BUCKET | {"AWS_S3_ENDPOINT_URL": address})


def test_a_bucket_without_its_package_stops_the_start_with_a_sentence(environment):
    environment(**PRODUCTION | BUCKET)
    result = manage("check")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "Swept cannot start: AWS_STORAGE_BUCKET_NAME is set, which takes a package: "
        "pip install --require-hashes --requirement requirements-optional.txt.\n"
    )


def test_no_package_is_pinned_by_two_locks_of_production():
    site, optional = (
        set(re.findall(r"^([a-z0-9-]+)(?:\[\w+\])?==", (HERE / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-optional.txt")
    )
    assert optional >= {"boto3", "django-storages", "redis"}
    assert "django" in site
    assert site & optional == set()


@pytest.mark.long
@pytest.mark.parametrize("contact", ["help@swept.example", ""])
def test_the_deployment_check_finds_nothing_but_that_nobody_can_be_written_to(environment, contact):
    # Any file: nobody connects.
    url = f"postgres://swept:hush@db.example/swept?sslmode=verify-full&sslrootcert={SETTINGS}"
    environment(**PRODUCTION, DATABASE_URL=url, CONTACT_EMAIL=contact)
    result = manage("check", "--deploy", "--fail-level", "WARNING")
    assert result.returncode == 0
    assert re.findall(r"\((\w+\.[A-Z]\d+)\)", result.stderr) == ([] if contact else ["marketplace.I001"])


@pytest.mark.long
def test_the_deployment_check_asks_how_another_machine_is_reached(environment):
    environment(**PRODUCTION, DATABASE_URL="postgres://swept:hush@db.example/swept")
    result = manage("check", "--deploy", "--fail-level", "WARNING")
    assert (result.returncode, "marketplace.W001" in result.stderr, "hush" in result.stderr) == (1, True, False)


def test_the_site_logs_to_the_console_alone(load):
    logging = load(**PRODUCTION).LOGGING
    named = [logging["root"]["handlers"], *(logger.get("handlers", []) for logger in logging["loggers"].values())]
    assert {name for names in named for name in names} == set(logging["handlers"]) == {"console"}
    assert logging["handlers"]["console"]["class"] == "logging.StreamHandler"


@pytest.mark.usefixtures("storages_installed")
@pytest.mark.parametrize(
    ("variable", "local", "encrypted", "in_clear"),
    [
        ("EMAIL_URL", "smtp://localhost:25", "smtp+tls://u:hush@mail.example:587", "smtp://u:hush@mail.example:25"),
        ("CACHE_URL", "redis://127.0.0.1/0", "rediss://:hush@cache.example/0", "redis://:hush@cache.example/0"),
        ("AWS_S3_ENDPOINT_URL", "http://[::1]:9000", "https://s3.example.org", "http://s3.example.org"),
    ],
)
def test_the_deployment_check_names_what_reaches_another_machine_in_clear(
    load, monkeypatch, variable, local, encrypted, in_clear
):
    for value, is_named in ((local, False), (encrypted, False), (in_clear, True)):
        bucket = BUCKET if variable.startswith("AWS") else {}
        monkeypatch.setattr(checks, "settings", load(**PRODUCTION | bucket | {variable: value}))
        found = [warning.msg.split()[0] for warning in checks.check_encryption(None)]
        assert found == ([variable] if is_named else [])


def test_every_variable_that_is_read_is_explained_and_no_other():
    explained = set(re.findall(r"^#? ?([A-Z0-9_]+)=", (HERE / ".env.example").read_text(), re.MULTILINE))
    assert len(VARIABLES) > 10
    assert explained == VARIABLES | {"POSTGRES_PASSWORD"}


def test_every_static_file_that_a_template_names_is_there():
    """In production an absent one has no hashed name, which is an error in the midst of the page."""
    named = {
        name
        for folder in ("templates", "accounts", "notifications", "cleanings", "offers", "marketplace")
        for template in (HERE / folder).rglob("*.html")
        for name in re.findall(r"""{% static ['"]([^'"]+)['"]""", template.read_text())
    }
    assert "site.css" in named
    assert {name for name in named if not finders.find(name)} == set()


class TestGunicorn:
    def logged(self, path: str = "/", **environ: str) -> dict:
        """What the access log says of a request."""
        lines: list[str] = []
        logger_class = runpy.run_path(str(GUNICORN))["logger_class"]
        logger = logger_class.__new__(logger_class)
        logger.access_log = SimpleNamespace(info=lines.append)
        asked = {"REQUEST_METHOD": "GET", "RAW_URI": path, "REMOTE_ADDR": "10.0.0.2", **environ}
        logger.access(SimpleNamespace(status="200 OK", sent=12), None, asked, timedelta(milliseconds=34))
        return json.loads("".join(lines))

    def test_the_access_log_tells_who_asked_what_and_what_came_of_it(self, environment):
        environment(**PRODUCTION)
        line = self.logged("/cleanings/?city=Ghent", HTTP_USER_AGENT='a "fox"\n{"forged": 1}')
        assert datetime.fromisoformat(line.pop("at")).utcoffset() == timedelta(0)
        assert line == {
            "level": "INFO",
            "logger": "access",
            "client": "10.0.0.2",
            "account": None,
            "method": "GET",
            "path": "/cleanings/?city=Ghent",
            "status": 200,
            "bytes": 12,
            "ms": 34,
            "agent": 'a "fox"\n{"forged": 1}',
        }

    @pytest.mark.parametrize(
        "before",
        [
            "/accounts/password/reset/key/",
            "/accounts/confirm-email/",
            "/notifications/unsubscribe/",
            "/searches/stop/",
            "/calendar/",
            "/reports/",
        ],
    )
    def test_the_access_log_holds_no_key(self, environment, before):
        environment(**PRODUCTION)
        path = f"{before}{KEY}/?a=b"
        line = self.logged(path, HTTP_REFERER=f"https://swept.example{path}")
        assert line["path"] == f"{before}.../?a=b"
        assert KEY not in str(line)

    def test_no_line_of_gunicorn_holds_a_key(self, environment, capsys):
        environment(**PRODUCTION)
        logger = runpy.run_path(str(GUNICORN))["logger_class"](Config())
        logger.error("Error handling request %s %s", "GET", f"/accounts/password/reset/key/{KEY}/?\u2028")
        line = json.loads(capsys.readouterr().err)
        assert (line["logger"], line["level"]) == ("gunicorn.error", "ERROR")
        assert line["message"] == "Error handling request GET /accounts/password/reset/key/.../?\u2028"

    @pytest.mark.django_db
    def test_the_access_log_names_the_account_by_its_number(self, environment):
        carl, browser = create_user("carl"), Client()
        headers = {"authorization": f"Bearer {token_of('carl')}"}
        asked = [browser.get("/help/"), browser.get("/api/v1/me/", headers=headers)]
        browser.force_login(carl)
        asked += [browser.get("/help/"), browser.get("/dashboard/")]
        environment(**PRODUCTION)
        lines = [self.logged(**answer.wsgi_request.META) for answer in asked]
        assert [line["account"] for line in lines] == [None, carl.pk, carl.pk, carl.pk]

    @pytest.mark.parametrize(
        ("proxies", "passed_on", "logged"),
        [
            ("0", "6.6.6.6", "10.0.0.2"),
            ("1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
            ("2", "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
            ("1", "", "10.0.0.2"),
            ("3", "1.2.3.4", "10.0.0.2"),
        ],
    )
    def test_the_access_log_believes_trusted_proxies_alone(self, environment, proxies, passed_on, logged):
        environment(**PRODUCTION, TRUSTED_PROXY_COUNT=proxies)
        assert self.logged(HTTP_X_FORWARDED_FOR=passed_on)["client"] == logged

    @pytest.mark.parametrize("name", ["PORT", "WEB_CONCURRENCY", "TRUSTED_PROXY_COUNT"])
    def test_an_unusable_value_stops_the_start_with_a_sentence(self, environment, name):
        environment(**PRODUCTION | {name: "many"})
        with pytest.raises(SystemExit, match=f"^Swept cannot start: {name} is 'many'"):
            runpy.run_path(str(GUNICORN))
