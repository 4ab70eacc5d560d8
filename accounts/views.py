from allauth.core.ratelimit import consume_or_429
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpRequest, HttpResponse
from django.views.generic import DetailView, UpdateView

from accounts.forms import ProfileForm
from accounts.models import Profile, User


class ProfileView(DetailView):
    queryset = User.objects.filter(is_active=True).select_related("profile")
    slug_field = slug_url_kwarg = "username"
    context_object_name = "person"
    template_name = "accounts/profile_detail.html"


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
