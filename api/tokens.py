from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.errors import AuthenticationError

from accounts.access_tokens import AccessToken
from accounts.email_addresses import normalize_login
from accounts.forms import ERROR_MESSAGES
from accounts.mfa import AuthenticateForm
from accounts.middleware import has_second_factor
from accounts.models import User
from accounts.security_events import log_token
from api.answers import answer, moment
from api.authentication import needs_second_factor
from api.schemas import Credentials, Token, problems

router = Router(tags=["Tokens"])


@router.post("/", auth=None, response={201: Token, **problems(429)}, url_name="tokens")
def log_in(request: HttpRequest, payload: Credentials) -> HttpResponse:
    """Log in for a token of 24 hours that reads and acts. Tries count with the log-ins of the site."""
    login = normalize_login(payload.login)
    credentials = {"email" if "@" in login else "username": login, "password": payload.password}
    user = get_adapter(request).authenticate(request, **credentials)
    if user is None:
        raise AuthenticationError(message=ERROR_MESSAGES["email_password_mismatch"])
    require_confirmed(user)
    if has_second_factor(user):
        check_code(user, payload.code)
    elif needs_second_factor(user):
        raise PermissionDenied("Set up a second factor on the site first: our staff need one.")
    row, token = AccessToken.log_in(user)
    log_token(request, user)
    return answer({"token": token, "expires_at": moment(row.expires_at)}, 201)


def require_confirmed(user: User) -> None:
    if not EmailAddress.objects.filter(user=user, verified=True).exists():
        raise PermissionDenied("Confirm your e-mail address first, by the link that we mailed to you.")


def check_code(user: User, code: str) -> None:
    form = AuthenticateForm({"code": code}, user=user)
    if not form.is_valid():
        sentence = form.errors["code"][0] if code else "This account has a second factor. Send its code too."
        raise AuthenticationError(message=sentence)
    form.authenticator.record_usage()
