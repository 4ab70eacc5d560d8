from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.generic import DetailView, FormView, UpdateView, View

from accounts.forms import AccessTokenForm, ProfileForm
from accounts.models import AccessToken, Profile, User
from core.exceptions import IllegalMove
from core.paging import Segment
from core.transactions import atomic
from core.views import KeysetListView


class PersonMixin:
    """`is_blocked` says whether the reader has blocked the person."""

    slug_field = slug_url_kwarg = "username"
    context_object_name = "person"

    def get_queryset(self) -> QuerySet[User]:
        people, reader = User.objects.filter(is_active=True).select_related("profile"), self.request.user
        if not reader.is_authenticated:
            return people
        return people.annotate(is_blocked=Exists(reader.blocks.filter(blocked=OuterRef("pk"))))


class ProfileView(PersonMixin, DetailView):
    template_name = "accounts/profile_detail.html"

    def get_queryset(self) -> QuerySet[User]:
        confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
        return super().get_queryset().annotate(has_confirmed_email=Exists(confirmed))

    def get_context_data(self, **kwargs) -> dict:
        """`shown` is the profile as the reader sees it, or None where staff have hidden it."""
        reader, profile = self.request.user, self.object.profile
        shown = None if profile.is_hidden_from(reader) else profile
        can_block = reader.is_authenticated and reader != self.object and not self.object.is_blocked
        return super().get_context_data(can_block=can_block, shown=shown, **kwargs)


class BlockView(PersonMixin, DetailView):
    template_name = "accounts/block_confirm.html"

    def get_object(self, queryset=None) -> User:
        person = super().get_object(queryset)
        if person == self.request.user:
            raise PermissionDenied
        return person

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        if self.object.is_blocked:
            return redirect(self.object)
        return self.render_to_response(self.get_context_data())

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        person = self.get_object()
        try:
            request.user.block(person)
        except IllegalMove as refusal:
            return render(request, "409.html", {"sentence": refusal}, status=409)
        messages.success(request, f"You have blocked {person.isolated_name}.")
        return redirect(person)


class UnblockView(View):
    """Works for a deactivated account too, whose profile nobody sees."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, username: str) -> HttpResponse:
        blocked = request.user.blocks.values("blocked")
        person = get_object_or_404(User, Q(is_active=True) | Q(pk__in=blocked), username=username)
        request.user.unblock(person)
        messages.success(request, f"You have unblocked {person.isolated_name}.")
        return redirect("accounts:blocks")


class BlockListView(KeysetListView):
    template_name = "accounts/block_list.html"

    def get_segments(self) -> list[Segment]:
        blocks = self.request.user.blocks.select_related("blocked__profile")
        return [Segment(blocks, ("pk",), is_descending=True)]


class ProfileUpdateView(SuccessMessageMixin, UpdateView):
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


@method_decorator([reauthentication_required, cache_control(private=True, no_store=True)], name="dispatch")
class AccessTokensView(FormView):
    """Only the answer to the form shows the token. No session, address or later page holds it."""

    form_class = AccessTokenForm
    template_name = "accounts/access_token_list.html"

    def get_context_data(self, **kwargs) -> dict:
        tokens = self.request.user.access_tokens.valid().newest_first()
        return super().get_context_data(tokens=tokens, **kwargs)

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if "end" in request.POST:
            return self.end(request.POST["end"])
        return consume_or_429(request, action="access_token") or super().post(request, *args, **kwargs)

    def end(self, wanted: str) -> HttpResponse:
        """Skips tokens that are gone, as after a double click, and those of other people."""
        tokens = [token for token in self.request.user.access_tokens.all() if wanted in ("all", str(token.pk))]
        for token in tokens:
            token.end(by=self.request.user)
        if tokens:
            ended = "All your access tokens are ended." if wanted == "all" else "The access token is ended."
            messages.success(self.request, ended)
        return redirect("accounts:tokens")

    def form_valid(self, form: AccessTokenForm) -> HttpResponse:
        try:
            made, token = make_token(self.request.user, **form.cleaned_data)
        except IllegalMove as refusal:
            return self.render_to_response(self.get_context_data(form=form, refusal=refusal), status=409)
        return render(self.request, "accounts/access_token_made.html", {"made": made, "token": token})


@atomic
def make_token(by: User, **facts) -> tuple[AccessToken, str]:
    """Makes the token and sends its mail, or neither."""
    made, token = AccessToken.make(by=by, **facts)
    if not made.is_repeated:
        get_adapter().send_notification_mail("account/email/access_token_made", by, {"made": made})
    return made, token
