from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.views.generic import DetailView, FormView, View
from django.views.generic.detail import SingleObjectMixin

from cleanings.forms import PhotoForm, PhotosForm
from cleanings.mixins import ConflictMixin, VerbFormMixin
from cleanings.models import Cleaning
from cleanings.photos import SMALL, Photo
from cleanings.states import IllegalMove
from core.mixins import PredicateMixin


class CleaningPhotosView(VerbFormMixin, PredicateMixin, SingleObjectMixin, FormView):
    model = Cleaning
    predicate = "has_photos_of"
    form_class = PhotosForm
    template_name = "cleanings/photo_list.html"

    def get_queryset(self) -> QuerySet[Cleaning]:
        return Cleaning.objects.visible_to(self.request.user)

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        if why_not := Photo.why_not_add(self.object, request.user):
            raise IllegalMove(why_not)
        if request.FILES and (refusal := consume_or_429(request, action="photo")):
            return refusal
        return super().post(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"cleaning": self.object, "person": self.request.user}

    def get_context_data(self, **kwargs) -> dict:
        photos = self.object.photos.filter(by=self.request.user).with_people().in_order()
        why_not = Photo.why_not_add(self.object, self.request.user)
        return super().get_context_data(photos=photos, why_not=why_not, **kwargs)

    def carry_out(self, form: PhotosForm) -> HttpResponse:
        facts = {name: value for name, value in form.cleaned_data.items() if name != "photo"}
        Photo.add(self.object, by=self.request.user, photos=form.cleaned_data["photo"], **facts)
        added = len(form.cleaned_data["photo"])
        messages.success(self.request, "Your photo is added." if added == 1 else f"Your {added} photos are added.")
        return redirect("cleanings:photos", self.object.pk)


class PhotoMixin(ConflictMixin, PredicateMixin, SingleObjectMixin):
    model = Photo
    predicate = "can_be_changed_by"
    pk_url_kwarg = "photo"

    def get_queryset(self) -> QuerySet[Photo]:
        return Photo.objects.visible_to(self.request.user).select_related("cleaning", "by")

    def get_object(self, queryset=None) -> Photo:
        photo = super().get_object(queryset)
        # A refusal shows the cleaning with this id.
        self.kwargs["pk"] = photo.cleaning_id
        return photo


class PhotoUpdateView(VerbFormMixin, PhotoMixin, FormView):
    form_class = PhotoForm
    template_name = "cleanings/photo_form.html"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        return super().post(request, *args, **kwargs)

    def get_initial(self) -> dict:
        return {name: getattr(self.object, name) for name in ("shows", "place", "audience")}

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"photo": self.object}

    def carry_out(self, form: PhotoForm) -> HttpResponse:
        self.object.edit(by=self.request.user, **{"audience": self.object.audience} | form.cleaned_data)
        messages.success(self.request, "Your photo is saved.")
        return redirect("cleanings:photos", self.object.cleaning_id)


class PhotoRemoveView(PhotoMixin, DetailView):
    template_name = "cleanings/photo_remove.html"

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        photo = self.get_object()
        photo.remove(by=request.user)
        messages.success(request, "Your photo is removed.")
        return redirect("cleanings:photos", photo.cleaning_id)


@method_decorator(login_not_required, name="dispatch")
class PhotoFileView(View):
    """404 for anyone who may not see the photo, as if it did not exist."""

    side = SMALL

    def get(self, request: HttpRequest, photo: int) -> HttpResponse:
        found = get_object_or_404(Photo.objects.with_file_for(request.user), pk=photo)
        try:
            data = found.read(self.side)
        except FileNotFoundError as error:
            raise Http404("The file is gone.") from error
        response = HttpResponse(data, content_type="image/webp", headers={"X-Robots-Tag": "noindex"})
        # A photo that is seen without an account may be cached for everybody.
        if request.user.is_authenticated:
            patch_cache_control(response, private=True, no_store=True)
        else:
            patch_cache_control(response, public=True, max_age=60)
        return response
