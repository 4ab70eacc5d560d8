"""I14: accounts."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db.models import Count, QuerySet, Window
from django.db.models.functions import Upper

from accounts.email_addresses import normalize_email
from accounts.models import User
from pages.integrity.rule import Rule


def without_a_profile() -> QuerySet:
    return User.objects.filter(profile=None)


def same(rows: QuerySet, name: str) -> QuerySet:
    """Whatever the case."""
    return rows.annotate(times=Window(Count("pk"), partition_by=Upper(name))).filter(times__gt=1)


def with_one_username() -> QuerySet:
    return same(User.objects.all(), "username")


def with_one_address() -> QuerySet:
    return same(User.objects.exclude(email=""), "email")


def with_one_confirmed_address() -> QuerySet:
    return same(EmailAddress.objects.filter(verified=True), "email")


def in_another_encoding() -> QuerySet:
    """The address in its one form may be somebody else's."""
    unusual = User.objects.exclude(email__regex=r"^[!-~]*$").values_list("pk", "email")
    return User.objects.filter(pk__in=[pk for pk, email in unusual if normalize_email(email) != email.lower()])


RULES = (
    Rule("I14", "Every account has a profile.", without_a_profile),
    Rule("I14", "Usernames are unique, whatever the case.", with_one_username),
    Rule("I14", "E-mail addresses are unique, whatever the case.", with_one_address),
    Rule("I14", "Confirmed e-mail addresses are unique, whatever the case.", with_one_confirmed_address),
    Rule("I14", "E-mail addresses are stored in one encoding.", in_another_encoding),
)
