"""Searches that people save, and of whose new jobs they are told."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cleanings.browse.filters import CleaningFilter
from cleanings.timeline import now
from core.fields import CleanCharField, NameField
from core.text import clean_line
from core.transactions import atomic
from notifications.topics import Topic

if TYPE_CHECKING:
    from accounts.models import User

MOST_SEARCHES = 10
# Less than what PostgreSQL takes as a key of an index.
MOST_CHARACTERS_OF_QUERY = 2000
MOST_CHARACTERS_OF_NAME = 80
TOLD_DAILY_AT = time(7)
TOO_MANY = f"You have {MOST_SEARCHES} saved searches, and that is the most. Delete one first."


class Cadence(models.TextChoices):
    NEVER = "never", "Never"
    DAILY = "daily", "Once a day, in the morning"
    AT_ONCE = "at_once", "As soon as they’re posted"


CADENCE_SENTENCES = {
    Cadence.NEVER: "We don’t tell you about new jobs.",
    Cadence.DAILY: "We tell you about new jobs once a day, in the morning.",
    Cadence.AT_ONCE: "We tell you about new jobs as soon as they’re posted.",
}


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    def due(self, until: datetime) -> SavedSearchQuerySet:
        """Of active people, to be told of what opened up to this moment; the daily ones once after each morning."""
        morning = timezone.make_aware(datetime.combine(timezone.localdate(until), TOLD_DAILY_AT))
        if morning > until:
            day_before = timezone.localdate(until) - timedelta(days=1)
            morning = timezone.make_aware(datetime.combine(day_before, TOLD_DAILY_AT))
        at_once = Q(cadence=Cadence.AT_ONCE, last_seen__lt=until)
        return self.filter(at_once | Q(cadence=Cadence.DAILY, last_seen__lt=morning), person__is_active=True)

    def with_alerts(self) -> SavedSearchQuerySet:
        return self.exclude(cadence=Cadence.NEVER)

    def stop_alerts(self) -> None:
        self.update(cadence=Cadence.NEVER)


class SavedSearch(models.Model):
    """`query` is the list's query string in one form; its person knows of all that had opened by `last_seen`."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="searches", db_index=False)
    name = NameField(max_length=MOST_CHARACTERS_OF_NAME)
    query = CleanCharField(max_length=MOST_CHARACTERS_OF_QUERY)
    cadence = models.CharField("tell me about new jobs", max_length=10, choices=Cadence, default=Cadence.DAILY)
    last_seen = models.DateTimeField(default=now, editable=False)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint(fields=["person", "query"], name="one_search_per_person_and_query"),
            models.CheckConstraint(condition=Q(cadence__in=Cadence.values), name="search_cadence_known"),
            *(
                models.CheckConstraint(
                    condition=Q(GreaterThanOrEqual(Length(field), 1), LessThanOrEqual(Length(field), most)),
                    name=f"search_{field}_length",
                )
                for field, most in {"name": MOST_CHARACTERS_OF_NAME, "query": MOST_CHARACTERS_OF_QUERY}.items()
            ),
        ]

    def __str__(self) -> str:
        return f"Saved search {self.pk}"

    def get_absolute_url(self) -> str:
        return f"{reverse('cleanings:list')}?{self.query}"

    @cached_property
    def filters(self) -> CleaningFilter:
        return CleaningFilter(QueryDict(self.query))

    @property
    def looks_for(self) -> str:
        """Its filters in words, without a name that says them all; names are stored without invisible characters."""
        words = self.filters.suggested_name
        return "" if clean_line(words) == self.name else words

    @property
    def still_works(self) -> bool:
        """False once a filter is gone or has lost its data."""
        return self.filters.understands_all

    @property
    def cadence_sentence(self) -> str:
        return CADENCE_SENTENCES[Cadence(self.cadence)]

    @property
    def has_alerts(self) -> bool:
        return self.cadence != Cadence.NEVER

    @classmethod
    @atomic
    def add(cls, *, by: User, name: str, query: str, cadence: str) -> SavedSearch:
        """Raises ValidationError for an eleventh search, and for a query that the person has saved already."""
        search = cls(person=by, name=name, query=query, cadence=cadence)
        search.clean_fields(exclude=["person"])
        cls._lock(by)
        if saved := by.searches.filter(query=search.query).first():
            raise ValidationError(f"You have saved this search already, as “{saved.name}”.")
        if by.searches.count() >= MOST_SEARCHES:
            raise ValidationError(TOO_MANY)
        search.save()
        search._start_mails()
        return search

    @atomic
    def edit(self, *, by: User, name: str, cadence: str) -> None:
        """Turning mails on again reports no job that opened meanwhile. ValidationError if the search is gone."""
        self._lock(by)
        before = type(self).objects.select_for_update().filter(pk=self.pk, person=by).first()
        if before is None:
            raise ValidationError("This search has been deleted.")
        self.name, self.cadence, self.last_seen = name, cadence, before.last_seen if before.has_alerts else now()
        self.clean_fields(exclude=["person"])
        self.save(update_fields=["name", "cadence", "last_seen"])
        if not before.has_alerts:
            self._start_mails()

    def _start_mails(self) -> None:
        """Choosing mails for a search ends an earlier unsubscription from all of them."""
        if self.has_alerts:
            self.person.site_only.filter(topic=Topic.ALERT).delete()

    @staticmethod
    def _lock(by: User) -> None:
        by.lock()
        if not by.is_active:
            raise PermissionDenied("This account has been closed.")
