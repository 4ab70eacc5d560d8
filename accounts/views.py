"""A person's page, and the form that changes one's own."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.messages.views import SuccessMessageMixin
from django.utils.decorators import method_decorator
from django.views.generic import DetailView, UpdateView

from accounts.forms import ProfileForm
from accounts.models import Profile, User


@method_decorator(login_not_required, name="dispatch")
class ProfileView(DetailView):
    """Who somebody is, for everybody; a closed account is not there."""

    queryset = User.objects.filter(is_active=True).select_related("profile")
    slug_field = slug_url_kwarg = "username"
    context_object_name = "person"
    template_name = "accounts/profile_detail.html"


class ProfileUpdateView(SuccessMessageMixin, UpdateView):
    """One's own name, biography, phone number and city."""

    form_class = ProfileForm
    template_name = "accounts/profile_form.html"
    success_message = "Your profile is saved."

    def get_object(self, queryset=None) -> Profile:
        return self.request.user.profile

    def get_success_url(self) -> str:
        return self.request.user.get_absolute_url()
