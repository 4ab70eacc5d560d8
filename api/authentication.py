"""Who asks: a member's token in the header `Authorization: Bearer`, never a cookie or an address."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

from accounts.access_tokens import AccessToken
from accounts.middleware import has_second_factor
from accounts.models import User
from accounts.security_events import note_account

IN_ADDRESS = ("token", "access_token")
MISSING = "Send an access token in the header Authorization: Bearer."
IN_THE_ADDRESS = "A token in the address is ignored. Send it in the header Authorization: Bearer."


class MemberRequest(HttpRequest):
    """The request of an operation that needs a token."""

    auth: User


class PublicRequest(HttpRequest):
    auth: User | AnonymousUser


class TokenAuth(HttpBearer):
    """Passes the person to the operation as `request.auth`."""

    acts = is_optional = False

    def __call__(self, request: HttpRequest) -> User | AnonymousUser:
        header = request.headers.get(self.header, "")
        if not header and self.is_optional:
            return AnonymousUser()
        scheme, _, token = header.partition(" ")
        if scheme.lower() != self.openapi_scheme or not token.strip():
            raise AuthenticationError(message=IN_THE_ADDRESS if has_token_in_address(request) else MISSING)
        return self.authenticate(request, token.strip())

    def authenticate(self, request: HttpRequest, token: str) -> User:
        found = AccessToken.objects.find(token)
        if found is None:
            raise AuthenticationError(message="This token is not known. It may have been ended.")
        if found.has_expired:
            raise AuthenticationError(message="This token has expired. Make another one.")
        note_account(request, found.user_id)
        if self.acts and not found.can_act:
            raise PermissionDenied("This token only reads. Make one that may act.")
        if needs_second_factor(found.user):
            raise PermissionDenied("Set up a second factor on the site first: our staff need one.")
        found.note_use()
        return found.user


def has_token_in_address(request: HttpRequest) -> bool:
    return any(name in request.GET for name in IN_ADDRESS)


def needs_second_factor(user: User) -> bool:
    return settings.STAFF_NEEDS_SECOND_FACTOR and user.is_staff and not has_second_factor(user)


class OptionalTokenAuth(TokenAuth):
    """Without a token the person is AnonymousUser. A token that is sent has to be valid."""

    is_optional = True


class ActingTokenAuth(TokenAuth):
    acts = True


READS, READS_PUBLIC, ACTS = TokenAuth(), OptionalTokenAuth(), ActingTokenAuth()
