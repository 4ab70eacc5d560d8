"""allauth's pages where they do something more here than allauth's own."""

from contextlib import suppress

from allauth.account.internal import flows
from allauth.account.mixins import NextRedirectMixin
from allauth.account.stages import EmailVerificationStage, LoginStageController
from allauth.account.utils import url_str_to_user_pk
from allauth.account.views import ConfirmEmailView as AllauthConfirmEmailView
from allauth.account.views import EmailVerificationSentView, PasswordResetFromKeyView
from allauth.account.views import SignupView as AllauthSignupView
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from accounts import challenges
from accounts.browsers import browser_of
from accounts.models import User
from accounts.tokens import ResetTokenGenerator


class SignupView(AllauthSignupView):
    """Sign up whole or not at all: without the mail that confirms the address there is no account."""

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().post(request, *args, **kwargs)
        except IntegrityError:
            # Somebody took the name or the address between the check and the row; a second check sees it.
            self._cached_form = None
            with transaction.atomic():
                return super().post(request, *args, **kwargs)


@method_decorator(login_not_required, name="dispatch")
class EmailSentView(EmailVerificationSentView):
    """Says that a mail is on its way, and sends another one to whoever signs up or logs in with this browser."""

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        stage = LoginStageController.enter(request, EmailVerificationStage.key)
        if not stage:
            return HttpResponseRedirect(reverse("account_login"))
        if not flows.email_verification.send_verification_email_at_login(request, stage.login):
            messages.info(request, "A mail is on its way already. Wait three minutes before you ask for another one.")
        return HttpResponseRedirect(reverse("account_email_verification_sent"))

    def get_context_data(self, **kwargs) -> dict:
        stage = LoginStageController.enter(self.request, EmailVerificationStage.key)
        return super().get_context_data(stage=stage, **kwargs)


class ConfirmEmailView(AllauthConfirmEmailView):
    """A page with a button: opening the link changes nothing, and logs nobody out or in."""

    def logout_other_user(self, confirmation) -> None:
        pass

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().post(request, *args, **kwargs)
        except Http404:
            self.object = None
            return self.render_to_response(self.get_context_data(), status=404)


@method_decorator(never_cache, name="dispatch")
class ResetPasswordView(PasswordResetFromKeyView):
    """Takes a link once, however often it is sent at the same moment, and says why one no longer works."""

    tokens = ResetTokenGenerator()

    def form_valid(self, form) -> HttpResponse:
        with transaction.atomic():
            if self.link_works_still():
                return super().form_valid(form)
        return self.render_to_response(self.get_context_data(token_fail=True))

    def link_works_still(self) -> bool:
        """Whether nobody was faster; locks the person until the password is written."""
        self.reset_user.lock()
        self.reset_user.refresh_from_db()
        return self.tokens.check_token(self.reset_user, self.key)

    def get_context_data(self, **kwargs) -> dict:
        if kwargs.get("token_fail"):
            with suppress(ValueError, OverflowError, User.DoesNotExist):
                user = User.objects.get(pk=url_str_to_user_pk(self.kwargs["uidb36"]))
                kwargs["reason"] = self.tokens.why_refused(user, self.key)
        return super().get_context_data(**kwargs)


class PasskeyLoginView(NextRedirectMixin, LoginWebAuthnView):
    """A page of its own, which carries what the browser has to sign; allauth's has a script fetch it.

    What was asked for stays with the browser, signed, so that a visit needs no session.
    """

    template_name = "mfa/webauthn/login.html"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        options, state = challenges.begin()
        response = self.render_to_response(self.get_context_data(js_data={"request_options": options}))
        challenges.remember(response, state)
        return response

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        with challenges.taken_from(request):
            response = super().post(request, *args, **kwargs)
        challenges.forget(response)
        return response


class PasskeyAgainView(ReauthenticateWebAuthnView):
    """Shows the page again where a passkey is refused; allauth's leads home."""

    def form_invalid(self, form) -> HttpResponse:
        for sentence in form.errors.get("credential", []):
            messages.error(self.request, sentence)
        return HttpResponseRedirect(self.request.get_full_path())


class SessionsView(TemplateView):
    """Where somebody is logged in; ends one session, all others, or all."""

    template_name = "usersessions/usersession_list.html"

    def get_context_data(self, **kwargs) -> dict:
        sessions = UserSession.objects.purge_and_list(self.request.user)
        for session in sessions:
            session.browser = browser_of(session.user_agent)
        sessions.sort(key=lambda session: (session.is_current(), session.last_seen_at), reverse=True)
        return super().get_context_data(sessions=sessions, **kwargs)

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        wanted = request.POST.get("end", "")
        if wanted == "others":
            end_other_sessions(request, request.user)
            messages.success(request, "You are logged out everywhere else.")
            return HttpResponseRedirect(reverse("usersessions_list"))
        sessions = UserSession.objects.filter(user=request.user)
        end_sessions(request, [session for session in sessions if wanted in ("all", str(session.pk))])
        return HttpResponseRedirect(reverse("usersessions_list"))
