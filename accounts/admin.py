from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from accounts.models import Profile, User


class ReadOnlyAdmin(admin.ModelAdmin):
    """What staff may look at, and nobody may change."""

    show_full_result_count = False
    # The page of an offer is for its two sides, so that a link to it would lead staff to a refusal.
    view_on_site = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False


class ProfileInline(admin.StackedInline):
    model = Profile
    can_delete = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    list_display = ["username", "email", "is_active", "is_staff", "date_joined"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["=id", "username", "email", "profile__full_name"]
    show_full_result_count = False
    ordering = ["-date_joined"]
    readonly_fields = ["last_login", "date_joined"]
    inlines = [ProfileInline]
    fieldsets = [
        (None, {"fields": ["username", "password", "email"]}),
        ("Permissions", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "email", "usable_password", "password1", "password2"]})]

    def view_on_site(self, obj: User) -> str | None:
        """The person's page, which a closed account has not."""
        return obj.get_absolute_url() if obj.is_active else None

    def get_inlines(self, request, obj):
        """A person being added has no profile yet: saving them makes it."""
        return self.inlines if obj else []

    def has_delete_permission(self, request, obj=None) -> bool:
        """Accounts are closed, not deleted: what their owners wrote belongs to other people's timelines too."""
        return False
