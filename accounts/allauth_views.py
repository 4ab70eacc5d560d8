from contextlib import suppress

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required

# allauth has no public way to store the log-in that waits for a confirmed address.
from allauth.account.internal.stagekit import stash_login
from allauth.account.mixins import NextRedirectMixin
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage, LoginStageController
from allauth.account.utils import url_str_to_user_pk
from allauth.account.views import ConfirmEmailView as AllauthConfirmEmailView
from allauth.account.views import (
    EmailVerificationSentView,
    PasswordResetFromKeyView,
    PasswordSetView,
    ReauthenticateView,
)
from allauth.account.views import SignupView as AllauthSignupView
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.ratelimit import consume
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, ReauthenticateWebAuthnView
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from accounts import passkey_challenges
from accounts.adapter import next_path, url_with_next
from accounts.forms import CorrectEmailForm
from accounts.mfa import PASSKEY_ALGORITHMS
from accounts.middleware import has_second_factor
from accounts.models import User
from accounts.rate_limits import SIGNUPS_PER_ADDRESS, network_address
from accounts.reauthentication import note_password
from accounts.tokens import ResetTokenGenerator
from accounts.user_agents import describe_browser

SENT = "account/messages/email_confirmation_sent.txt"


class SignupView(AllauthSignupView):
    """Creates the account only together with the mail that confirms its address."""

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        # Outside the transaction, so that a failed one counts too.
        SIGNUPS_PER_ADDRESS.consume(network_address(request))
        try:
            with transaction.atomic():
                return super().post(request, *args, **kwargs)
        except IntegrityError:
            # A name or an address taken after the first check is found by a second one.
            with transaction.atomic():
                return AllauthSignupView.as_view()(request, *args, **kwargs)


@method_decorator(login_not_required, name="dispatch")
class EmailSentView(EmailVerificationSentView):
    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        stage = LoginStageController.enter(request, EmailVerificationStage.key)
        if not stage or not stage.login.user:
            return HttpResponseRedirect(reverse("account_login"))
        address = EmailAddress.objects.filter(user=stage.login.user, primary=True).first()
        if "email" in request.POST:
            form = CorrectEmailForm(request.POST)
            if not form.is_valid():
                return self.render_to_response(self.get_context_data(form=form))
            # Like a sign-up, it mails an address that was only typed.
            SIGNUPS_PER_ADDRESS.consume(network_address(request))
            address = User.objects.correct_email(stage.login.user, form.cleaned_data["email"])
            # Else the next mail would go to the address of the log-in.
            stage.login.email = None
            stash_login(request, stage.login)
        if not address or address.verified:
            messages.info(request, "Your e-mail address is confirmed. Log in.")
            return HttpResponseRedirect(url_with_next(reverse("account_login"), next_path(request)))
        if consume(request, action="confirm_email", key=address.email):
            address.send_confirmation(request, signup=True)
            get_adapter().add_message(request, messages.INFO, SENT, {"email": address.email, "signup": True})
        else:
            messages.info(request, "A mail is on its way already. Wait three minutes before you ask for another one.")
        return HttpResponseRedirect(reverse("account_email_verification_sent"))

    def get_context_data(self, **kwargs) -> dict:
        context = {"stage": LoginStageController.enter(self.request, EmailVerificationStage.key)}
        if context["stage"]:
            user = context["stage"].login.user
            context["address"] = EmailAddress.objects.filter(user=user, primary=True).first()
            context["form"] = CorrectEmailForm()
        context["login_url"] = url_with_next(reverse("account_login"), next_path(self.request))
        return super().get_context_data(**kwargs) | context | kwargs


class ConfirmEmailView(AllauthConfirmEmailView):
    """GET changes nothing; the button confirms. Neither logs anybody in or out."""

    def logout_other_user(self, confirmation) -> None:
        pass

    def get_redirect_url(self) -> str:
        if self.request.user.is_authenticated:
            return reverse("account_email")
        return url_with_next(reverse("account_login"), self.next_path)

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        # Read before allauth drops the waiting log-in.
        self.next_path = next_path(request)
        try:
            with transaction.atomic():
                return super().post(request, *args, **kwargs)
        except Http404:
            self.object = None
            return self.render_to_response(self.get_context_data(), status=404)


@method_decorator(never_cache, name="dispatch")
class ResetPasswordView(PasswordResetFromKeyView):
    """Locks the person, so that simultaneous requests use a link only once."""

    tokens = ResetTokenGenerator()

    def form_valid(self, form) -> HttpResponse:
        with transaction.atomic():
            if self.link_still_works():
                return super().form_valid(form)
        return self.render_to_response(self.get_context_data(token_fail=True))

    def link_still_works(self) -> bool:
        self.reset_user.lock()
        self.reset_user.refresh_from_db()
        return self.tokens.check_token(self.reset_user, self.key)

    def get_context_data(self, **kwargs) -> dict:
        if kwargs.get("token_fail"):
            with suppress(ValueError, OverflowError, User.DoesNotExist):
                user = User.objects.get(pk=url_str_to_user_pk(self.kwargs["uidb36"]))
                kwargs["reason"] = self.tokens.refusal_reason(user, self.key)
        return super().get_context_data(**kwargs)


class FirstPasswordView(PasswordSetView):
    """Asks for the second factor first: a password would let the thief of a session stay."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return reauthentication_required(super().dispatch)(request, *args, **kwargs)
        except ReauthenticationRequired:
            if request.method != "POST":
                raise
            # allauth would keep the form in the session meanwhile, password and all.
            return redirect(request.path)


class AddPasskeyView(AddWebAuthnView):
    """Offers the kinds of keys that AddPasskeyForm takes; allauth offers all that fido2 knows."""

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(**kwargs)
        kinds = [{"type": "public-key", "alg": algorithm} for algorithm in PASSKEY_ALGORITHMS]
        context["js_data"]["creation_options"]["publicKey"]["pubKeyCredParams"] = kinds
        return context


class PasskeyLoginView(NextRedirectMixin, LoginWebAuthnView):
    """Keeps the challenge in a signed cookie, so that a visit needs no session."""

    template_name = "mfa/webauthn/login.html"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        options, state = passkey_challenges.create_challenge()
        response = self.render_to_response(self.get_context_data(js_data={"request_options": options}))
        passkey_challenges.set_cookie(response, state)
        return response

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        with passkey_challenges.challenge_from_cookie(request):
            response = super().post(request, *args, **kwargs)
        passkey_challenges.delete_cookie(response)
        return response


class PasswordAgainView(ReauthenticateView):
    """Leads people with a second factor on to the code; allauth asks for the password alone."""

    def form_valid(self, form) -> HttpResponse:
        if not self.code_follows():
            return super().form_valid(form)
        note_password(self.request, self.request.user)
        return HttpResponseRedirect(self.passthrough_next_url(reverse("mfa_reauthenticate")))

    def code_follows(self) -> bool:
        return has_second_factor(self.request.user)


class PasskeyAgainView(ReauthenticateWebAuthnView):
    """Shows the page again when a passkey is refused; allauth redirects home."""

    def form_invalid(self, form) -> HttpResponse:
        for sentence in form.errors.get("credential", []):
            messages.error(self.request, sentence)
        return HttpResponseRedirect(self.request.get_full_path())


class SessionsView(TemplateView):
    template_name = "usersessions/usersession_list.html"

    def get_context_data(self, **kwargs) -> dict:
        sessions = UserSession.objects.purge_and_list(self.request.user)
        for session in sessions:
            session.browser = describe_browser(session.user_agent)
        sessions.sort(key=lambda session: (session.is_current(), session.last_seen_at), reverse=True)
        return super().get_context_data(sessions=sessions, **kwargs)

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        wanted = request.POST.get("end", "")
        for session in UserSession.objects.filter(user=request.user):
            is_current = session.is_current()
            if wanted in ("all", str(session.pk)) or (wanted == "others" and not is_current):
                session.end()
                if is_current:
                    self.log_out()
        if wanted == "others":
            messages.success(request, "You are logged out everywhere else.")
        return HttpResponseRedirect(reverse("usersessions_list"))

    def log_out(self) -> None:
        adapter = get_adapter()
        adapter.add_message(self.request, messages.SUCCESS, "account/messages/logged_out.txt")
        adapter.logout(self.request)
