from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import Upper

from accounts.access_tokens import LOGGED_IN_FOR, MOST_DAYS
from accounts.email_addresses import normalize_email
from accounts.models import AccessToken, User
from pages.integrity.rule import Rule


def without_a_profile() -> QuerySet:
    return User.objects.filter(profile=None)


def duplicates_in_any_case(rows: QuerySet, name: str) -> QuerySet:
    return rows.annotate(times=Window(Count("pk"), partition_by=Upper(name))).filter(times__gt=1)


def with_one_username() -> QuerySet:
    return duplicates_in_any_case(User.objects.all(), "username")


def with_one_address() -> QuerySet:
    return duplicates_in_any_case(User.objects.exclude(email=""), "email")


def with_one_confirmed_address() -> QuerySet:
    return duplicates_in_any_case(EmailAddress.objects.filter(verified=True), "email")


def in_another_encoding() -> QuerySet:
    """The address in its one form may be somebody else's."""
    unusual = User.objects.exclude(email__regex=r"^[!-~]*$").values_list("pk", "email")
    return User.objects.filter(pk__in=[pk for pk, email in unusual if normalize_email(email) != email.lower()])


def tokens_of_nobody() -> QuerySet:
    return AccessToken.objects.filter(user__is_active=False)


def tokens_for_too_long() -> QuerySet:
    lasts_a_year = Q(expires_at__lte=F("created_at") + timedelta(days=MOST_DAYS), is_log_in=False)
    return AccessToken.objects.exclude(lasts_a_year | Q(expires_at__lte=F("created_at") + LOGGED_IN_FOR))


RULES = (
    Rule("I14", "Every account has a profile.", without_a_profile),
    Rule("I14", "Usernames are unique, whatever the case.", with_one_username),
    Rule("I14", "E-mail addresses are unique, whatever the case.", with_one_address),
    Rule("I14", "Confirmed e-mail addresses are unique, whatever the case.", with_one_confirmed_address),
    Rule("I14", "E-mail addresses are stored in one encoding.", in_another_encoding),
    Rule("I14", "An account that has ended has no access tokens.", tokens_of_nobody),
    Rule("I14", "An access token lasts a year at most, and that of a log-in a day.", tokens_for_too_long),
)
