import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection, models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from core.batches import delete_in_batches

try:
    from redis.exceptions import RedisError
except ImportError:  # Only where CACHE_URL is set is there a Redis, and its package.
    RedisError = type("RedisError", (Exception,), {})


NEVER = datetime(9999, 1, 1, tzinfo=UTC)
SET = """
    INSERT INTO accounts_cacheentry (key, value, expires_at) VALUES (%s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""
ADD = f"{SET} WHERE accounts_cacheentry.expires_at <= %s"


class CacheEntryQuerySet(models.QuerySet["CacheEntry"]):
    def live(self) -> "CacheEntryQuerySet":
        return self.filter(expires_at__gt=timezone.now())

    def clear_expired(self) -> int:
        return delete_in_batches(self.filter(expires_at__lte=timezone.now()).order_by("expires_at"))


class CacheEntry(models.Model):
    key = models.CharField(max_length=250, primary_key=True)
    value = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    objects = CacheEntryQuerySet.as_manager()


class DatabaseCache(BaseCache):
    """Unlike Django's, `add` succeeds for one caller only, and entries that still count are never culled."""

    def __init__(self, location: str, params: dict) -> None:
        super().__init__(params)

    def add(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._write(ADD, key, value, timeout, version, timezone.now())

    def set(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._write(SET, key, value, timeout, version)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self.get_many([key], version).get(key, default)

    def get_many(self, keys: Iterable, version: int | None = None) -> dict:
        names = {self.make_and_validate_key(key, version): key for key in keys}
        found = CacheEntry.objects.live().filter(key__in=names).values_list("key", "value")
        return {names[name]: json.loads(value) for name, value in found}

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        entry = CacheEntry.objects.live().filter(key=self.make_and_validate_key(key, version))
        return bool(entry.update(expires_at=self._expiry(timeout)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(CacheEntry.objects.filter(key=self.make_and_validate_key(key, version)).delete()[0])

    def delete_many(self, keys: Iterable, version: int | None = None) -> None:
        CacheEntry.objects.filter(key__in=[self.make_and_validate_key(key, version) for key in keys]).delete()

    def clear(self) -> None:
        CacheEntry.objects.all().delete()

    def make_key(self, key: Any, version: int | None = None) -> str:
        return salted_hmac("accounts.CacheEntry", super().make_key(key, version), algorithm="sha256").hexdigest()

    def _write(
        self, statement: str, key: Any, value: Any, timeout: float | None, version: int | None, *times: datetime
    ) -> bool:
        entry = [self.make_and_validate_key(key, version), json.dumps(value)]
        adapted = [connection.ops.adapt_datetimefield_value(time) for time in (self._expiry(timeout), *times)]
        with connection.cursor() as cursor:
            cursor.execute(statement, [*entry, *adapted])
            return cursor.rowcount == 1

    def _expiry(self, timeout: float | None) -> datetime:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return NEVER if seconds is None else timezone.now() + timedelta(seconds=seconds)
