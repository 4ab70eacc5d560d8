"""A person's page, and the form that changes one's own."""

from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.messages.views import SuccessMessageMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.generic import DetailView, FormView, UpdateView

from accounts.forms import CloseAccountForm, ProfileForm
from accounts.models import Profile, User
from cleanings.states import CleaningStatus, IllegalMove


class ProfileView(DetailView):
    """Who somebody is, for everybody; a closed account is not there."""

    queryset = User.objects.filter(is_active=True).select_related("profile")
    slug_field = slug_url_kwarg = "username"
    context_object_name = "person"
    template_name = "accounts/profile_detail.html"


class ProfileUpdateView(SuccessMessageMixin, UpdateView):
    """One's own name, biography, phone number, city and photo; of photos only so many an hour are looked at."""

    form_class = ProfileForm
    template_name = "accounts/profile_form.html"
    success_message = "Your profile is saved."

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.FILES and (refusal := consume_or_429(request, action="photo")):
            return refusal
        return super().post(request, *args, **kwargs)

    def get_object(self, queryset=None) -> Profile:
        return self.request.user.profile

    def get_success_url(self) -> str:
        return self.request.user.get_absolute_url()


class AccountCloseView(FormView):
    """Says what closing one's account does and what stands in its way, asks for the password, and does it."""

    form_class = CloseAccountForm
    template_name = "accounts/account_close.html"

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_context_data(self, **kwargs) -> dict:
        user = self.request.user
        counts = {
            "owned": user.cleanings.with_status(CleaningStatus.ASSIGNED).order_by("pk"),
            "taken": user.offers.ahead().with_cleaning(),
            "open_count": user.cleanings.with_status(CleaningStatus.OPEN).count(),
            "pending_count": user.offers.pending().count(),
        }
        return super().get_context_data(**counts, **kwargs)

    def form_valid(self, form: CloseAccountForm) -> HttpResponse:
        user = self.request.user
        told = {"username": user.username}
        try:
            with transaction.atomic():
                address = user.email
                user.close(by=user)
                get_adapter().send_mail("account/email/account_closed", address, told)
        except IllegalMove as refusal:
            return self.render_to_response(self.get_context_data(form=form, refusal=refusal), status=409)
        logout(self.request)
        messages.success(self.request, "Your account is closed, and what was personal in it is removed.")
        return redirect("home")
