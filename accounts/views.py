from allauth.account.models import EmailAddress
from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import DetailView, UpdateView, View

from accounts.forms import ProfileForm
from accounts.models import Profile, User
from core.exceptions import IllegalMove
from core.paging import Segment
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
        """`shown` is the profile of which the reader sees name, words and photo; None where staff have hidden it."""
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
    """Also of an account that is out of use for a while, whose profile nobody sees."""

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
