"""Reading the environment: each function gives a value that can be used, or stops the start with a sentence."""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")


def flag(name: str, default: bool) -> bool:
    """A yes or no from the environment; a misspelt one is refused instead of being taken for a no."""
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    value = env.str(name, "").strip().lower()
    if value and value not in words:
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to 1 or 0.")
    return words[value] if value else default


def whole_number(name: str, default: int) -> int:
    """A number of 0 or more from the environment."""
    value = env.str(name, "").strip() or str(default)
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a whole number, 0 or more.")
    return int(value)


def one_of(name: str, default: str, choices) -> str:
    """A word from the environment that has to be among the choices."""
    value = env.str(name, "").strip() or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}, which is not known here.")
    return value


def parsed(name: str, url: str, parse) -> dict:
    """What an address in the environment says, or the sentence that it says nothing; never the address itself."""
    try:
        return parse(url)
    except Exception as error:
        raise ImproperlyConfigured(f"{name} is no address that can be used; see .env.example.") from error


def shared_cache(url: str) -> dict:
    """A cache in Redis, which answers within two seconds or is given up."""
    address = parsed("CACHE_URL", url, lambda url: {"scheme": urlsplit(url).scheme, "port": urlsplit(url).port})
    if address["scheme"] not in {"redis", "rediss", "unix"} or not (urlsplit(url).hostname or urlsplit(url).path):
        raise ImproperlyConfigured("CACHE_URL names no Redis. Set it like redis://host:6379/0, or leave it empty.")
    if not find_spec("redis"):
        raise ImproperlyConfigured("CACHE_URL is set, which takes a package: pip install 'redis>=6,<8'.")
    options = {"socket_connect_timeout": 2, "socket_timeout": 2}
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url, "OPTIONS": options}


def bucket(*, name: str, key: str, secret: str, region: str, endpoint: str, domain: str) -> tuple[dict, str]:
    """A storage in S3 whose files everybody may read, and the origin from which browsers do."""
    needed = {
        "AWS_STORAGE_BUCKET_NAME": name,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_S3_REGION_NAME or AWS_S3_ENDPOINT_URL": region or endpoint,
    }
    if missing := [variable for variable, value in needed.items() if not value]:
        raise ImproperlyConfigured(f"{missing[0]} is not set, though others of AWS_* are. Set all that it takes.")
    server = urlsplit(endpoint or f"https://{name}.s3.{region}.amazonaws.com")
    if server.scheme not in {"http", "https"} or not server.hostname:
        raise ImproperlyConfigured("AWS_S3_ENDPOINT_URL is no web address. Set it like https://s3.example.org.")
    if not (find_spec("storages") and find_spec("boto3")):
        raise ImproperlyConfigured(
            "AWS_STORAGE_BUCKET_NAME is set, which takes a package: pip install 'django-storages[s3]>=1.14,<2'."
        )
    scheme = "https" if domain else server.scheme
    place = domain or (f"{server.netloc}/{name}" if endpoint else server.netloc)
    options = {
        "bucket_name": name,
        "access_key": key,
        "secret_key": secret,
        "region_name": region or None,
        "endpoint_url": endpoint or None,
        # Addresses are put together from these, unsigned, and without asking the library for each.
        "custom_domain": place,
        "url_protocol": f"{scheme}:",
        "querystring_auth": False,
        # Names are random: nothing is overwritten, and nothing has to be looked for first.
        "file_overwrite": True,
        "object_parameters": {"CacheControl": "public, max-age=2592000, immutable"},
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}, f"{scheme}://{place.split('/')[0]}"
