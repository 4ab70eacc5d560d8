from collections import Counter
from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from accounts.mfa import has_present_seal, seal, unseal

BATCH = 1000
# Where allauth keeps what it has encrypted; a passkey has nothing secret.
SEALED_IN = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}

AS_IT_WAS, AGAIN, CHANGED, UNREADABLE = range(4)


class Command(BaseCommand):
    help = (
        "Encrypt second factors with the present SECRET_KEY that one of SECRET_KEY_FALLBACKS encrypted, so that these "
        "can be removed. It may run beside the site, and as often as you like."
    )

    def handle(self, **options) -> None:
        counts = Counter(encrypt_again(factor) for factor in sealed_factors())
        self.stdout.write(f"{counts[AGAIN]} second factors encrypted again, {counts[AS_IT_WAS]} left as they were.")
        if counts[CHANGED]:
            raise CommandError(f"{counts[CHANGED]} changed meanwhile. Run this again.")
        if counts[UNREADABLE]:
            raise CommandError(f"{counts[UNREADABLE]} cannot be read: their key is not among SECRET_KEY_FALLBACKS.")


def sealed_factors() -> Iterator[Authenticator]:
    factors, last = Authenticator.objects.filter(type__in=SEALED_IN).order_by("pk"), 0
    while batch := list(factors.filter(pk__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1].pk


def encrypt_again(factor: Authenticator) -> int:
    """Leaves alone what somebody writes meanwhile, such as which recovery codes are used."""
    name = SEALED_IN[Authenticator.Type(factor.type)]
    sealed = factor.data[name]
    if has_present_seal(sealed):
        return AS_IT_WAS
    try:
        again = factor.data | {name: seal(unseal(sealed))}
    except (InvalidTag, InvalidToken):
        return UNREADABLE
    return AGAIN if Authenticator.objects.filter(pk=factor.pk, data=factor.data).update(data=again) else CHANGED
