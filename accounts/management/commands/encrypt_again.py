from collections import Counter
from collections.abc import Iterator
from enum import Enum, auto

from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from accounts.mfa import has_present_seal, seal, unseal

BATCH = 1000
# Where allauth keeps what it has encrypted; a passkey has nothing secret.
SEALED_IN = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


class Result(Enum):
    AS_IT_WAS = auto()
    AGAIN = auto()
    CHANGED = auto()
    UNREADABLE = auto()


class Command(BaseCommand):
    help = (
        "Encrypt second factors with the present SECRET_KEY that one of SECRET_KEY_FALLBACKS encrypted, so that these "
        "can be removed. It may run beside the site, and as often as you like."
    )

    def handle(self, **options) -> None:
        counts = Counter(encrypt_again(factor) for factor in sealed_factors())
        again, as_it_was = counts[Result.AGAIN], counts[Result.AS_IT_WAS]
        self.stdout.write(f"Second factors encrypted again: {again}. Left as they were: {as_it_was}.")
        if unreadable := counts[Result.UNREADABLE]:
            self.stderr.write(f"Cannot be read, because no key that is set opens them: {unreadable}.")
        if changed := counts[Result.CHANGED]:
            self.stderr.write(f"Changed meanwhile: {changed}. Run this again.")
        if unreadable or changed:
            raise CommandError("Not all is encrypted with the present key.")


def sealed_factors() -> Iterator[Authenticator]:
    factors, last = Authenticator.objects.filter(type__in=SEALED_IN).order_by("pk"), 0
    while batch := list(factors.filter(pk__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1].pk


def encrypt_again(factor: Authenticator) -> Result:
    """Leaves alone what somebody writes meanwhile, such as which recovery codes are used."""
    name = SEALED_IN[Authenticator.Type(factor.type)]
    try:
        sealed = factor.data[name]
        if has_present_seal(sealed):
            return Result.AS_IT_WAS
        again = factor.data | {name: seal(unseal(sealed))}
    except (InvalidTag, InvalidToken, KeyError, ValueError):
        # Of another key, or damaged.
        return Result.UNREADABLE
    found = Authenticator.objects.filter(pk=factor.pk, data=factor.data)
    return Result.AGAIN if found.update(data=again) else Result.CHANGED
