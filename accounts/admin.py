# First, because what they register is unregistered here.
import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress

# allauth has no public way to delete recovery codes after the last second factor.
from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import AccessToken, Profile, User
from core.admin import InputMixin, ReadOnlyAdmin, VerbsAdmin, VerbsMixin
from core.transactions import atomic

# allauth's own pages show secrets and take any change.
admin.site.unregister([Authenticator, EmailAddress, UserSession, Group])


class ProfileInline(admin.StackedInline):
    model = Profile
    fk_name = "user"
    # Shown to nobody but the person.
    exclude = ["postcode"]
    can_delete = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, absolute_max=1, **kwargs)


@admin.register(User)
class UserAdmin(VerbsMixin, InputMixin, DjangoUserAdmin):
    list_display = ["username", "email", "is_active", "is_staff", "date_joined"]
    list_filter = ["is_active", "is_staff", "groups"]
    search_fields = ["=id", "username", "email", "profile__full_name"]
    show_full_result_count = False
    ordering = ["-date_joined"]
    inlines = [ProfileInline]
    fieldsets = [
        (None, {"fields": ["username", "set_password", "email"]}),
        ("Permissions", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "date_joined", "closed_at"]}),
    ]
    readonly_fields = ["set_password", "is_active", "last_login", "date_joined", "closed_at"]
    permission_fields = ["is_staff", "is_superuser", "groups", "user_permissions"]
    add_fieldsets = [(None, {"fields": ["username", "email", "usable_password", "password1", "password2"]})]
    verbs = {"log_out_everywhere": forms.Form, "deactivate": forms.Form, "reactivate": forms.Form}
    labels = {"log_out_everywhere": "Log out everywhere"}
    consequences = {
        "log_out_everywhere": "We end their sessions and their access tokens. They can log in again.",
        "deactivate": "We log them out, and they can’t log in. We withdraw their waiting offers, close their open jobs "
        "and tell everyone concerned. Jobs that are taken stay, for the other person to end.",
        "reactivate": "They can log in again. What was withdrawn or closed stays so.",
    }

    @admin.display(description="password")
    def set_password(self, obj: User) -> str:
        return format_html('<a href="{}">Set a password</a>', reverse("admin:auth_user_password_change", args=[obj.pk]))

    def view_on_site(self, obj: User) -> str | None:
        stored = User.objects.filter(pk=obj.pk, is_active=True).first()
        return stored.get_absolute_url() if stored else None

    def get_inlines(self, request, obj):
        return self.inlines if obj else []

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj and not request.user.is_superuser:
            fieldsets = [(None, {"fields": ["username", "email"]}), *fieldsets[1:]]
        return fieldsets

    def get_readonly_fields(self, request, obj=None):
        fields = list(self.readonly_fields)
        if obj:
            # People change their own address by a link in the new mailbox.
            fields.append("email")
        if not request.user.is_superuser:
            fields.extend(self.permission_fields)
        return fields

    def get_form(self, request, obj=None, **kwargs):
        # Django's own tells to change it here.
        help_texts = {"is_active": "The actions of the list deactivate and reactivate people."}
        return super().get_form(request, obj, help_texts=help_texts, **kwargs)

    def save_model(self, request, obj: User, form, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            obj.confirm_email()

    def can_call(self, request: HttpRequest, verb: str) -> bool:
        return request.user.is_superuser or (verb == "deactivate" and request.user.has_perm("accounts.deactivate_user"))

    def has_change_permission(self, request, obj=None) -> bool:
        is_within_reach = obj is None or request.user.is_superuser or not (obj.is_staff or obj.is_superuser)
        return is_within_reach and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        """What a person wrote belongs to other people's timelines too."""
        return False

    def user_change_password(self, request, *args, **kwargs) -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied
        return super().user_change_password(request, *args, **kwargs)


@admin.register(Group)
class GroupAdmin(InputMixin, DjangoGroupAdmin):
    pass


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ["email", "user", "primary", "verified"]
    list_filter = ["primary", "verified"]
    list_select_related = ["user"]
    search_fields = ["email", "user__username"]
    ordering = ["-pk"]


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Shows no secret. Staff delete the second factor of a person who has lost it, and the person is mailed."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["=user__id", "user__username", "user__email"]
    ordering = ["-pk"]
    fields = ["user", "type", "created_at", "last_used_at"]
    mails = {
        Authenticator.Type.TOTP: "mfa/email/totp_deactivated",
        Authenticator.Type.WEBAUTHN: "mfa/email/webauthn_removed",
    }

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        super().delete_model(request, obj)
        delete_dangling_recovery_codes(obj.user)
        if mail := self.mails.get(obj.type):
            get_adapter().send_notification_mail(mail, obj.user, {"by_staff": True})

    @atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        for authenticator in queryset:
            self.delete_model(request, authenticator)


@admin.register(AccessToken)
class AccessTokenAdmin(VerbsAdmin):
    """Shows neither the digest nor the name, which is for its person alone. Staff end one that is misused."""

    list_display = ["prefix", "user", "scope", "is_log_in", "created_at", "used_at", "expires_at"]
    list_filter = ["scope", "is_log_in"]
    list_select_related = ["user"]
    search_fields = ["=user__id", "user__username", "=prefix"]
    ordering = ["-pk"]
    fields = ["prefix", "user", "scope", "is_log_in", "created_at", "used_at", "expires_at"]
    field_labels = {"prefix": "begins with", "scope": "what it may do", "is_log_in": "log-in by a program"}
    verbs = {"end": forms.Form}
    permissions = {"end": "accounts.delete_accesstoken"}
    consequences = {"end": "Programs that use it can’t log in any more. Its person can make another one."}
