from itertools import chain

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest

from accounts.access_tokens import MOST_CHARACTERS_OF_NAME, Scope
from accounts.adapter import next_path
from accounts.devices import find_device
from accounts.email_addresses import normalize_login
from accounts.fields import EmailFormField
from accounts.models import Profile, User
from accounts.photos import PROFILE_PHOTOS
from accounts.rate_limits import RESETS_PER_ADDRESS, RESETS_PER_MAILBOX, network_address
from accounts.usernames import RESERVED_USERNAME_MESSAGE
from core import photos
from core.forms import CleanCharField, SiteFormMixin
from core.transactions import atomic


class PhotoInput(forms.ClearableFileInput):
    template_name = "accounts/_photo_input.html"

    def is_initial(self, value) -> bool:
        return bool(value)

    def get_context(self, name: str, value: Profile | None, attrs: dict | None) -> dict:
        context = super().get_context(name, value, attrs)
        context["widget"]["checked"] = context["widget"]["attrs"].pop("checked")
        return context


class PhotoField(forms.FileField):
    """Cleans to an EncodedPhoto, to False for removal, or to the initial Profile or None."""

    widget = PhotoInput(attrs={"accept": photos.ACCEPT})
    default_error_messages = {
        "invalid": photos.UNREADABLE,
        "empty": photos.EMPTY,
        "contradiction": "Choose a photo or remove the one that you have, not both.",
    }

    def clean(self, data, initial=None):
        chosen = super().clean(data, initial)
        return PROFILE_PHOTOS.clean(chosen) if isinstance(chosen, UploadedFile) else chosen


class ProfileForm(SiteFormMixin, forms.ModelForm):
    photo = PhotoField(
        required=False,
        help_text="A JPG under 20 MB and 50 megapixels, or a PNG, WebP or AVIF under 10 MB. Everyone sees the square "
        "in its middle. We remove hidden data such as where the photo was taken.",
    )

    class Meta:
        model = Profile
        fields = ["full_name", "bio", "phone_number", "city", "postcode"]
        labels = {"city": "Town"}
        help_texts = {
            "full_name": "Everyone sees it. A first name is enough.",
            "bio": "What others should know before they let you in, or before they come.",
            "phone_number": "Only the person you’ve agreed a job with sees it.",
            "city": "Everyone sees it.",
            "postcode": "Nobody else sees it. It tells you how far away each job is.",
        }
        widgets = {
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "bio": forms.Textarea(attrs={"rows": 5}),
            "phone_number": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "postcode": forms.TextInput(attrs={"autocomplete": "postal-code"}),
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["photo"].initial = self.instance if self.instance.photo else None

    def full_clean(self) -> None:
        """Browsers do not send a file again, so the person has to choose it again."""
        super().full_clean()
        if self.errors and isinstance(self.cleaned_data.get("photo"), photos.EncodedPhoto):
            self.add_error("photo", "Choose the photo once more. We can’t keep it while something else needs fixing.")

    def save(self, commit: bool = True) -> Profile:
        photo = self.cleaned_data["photo"]
        texts = [name for name in self.Meta.fields if name in self.changed_data]
        if isinstance(photo, photos.EncodedPhoto):
            self.instance.set_photo(photo, also=texts)
        elif photo is False:
            self.instance.remove_photo(also=texts)
        else:
            self.instance.save_changes(texts)
        return self.instance


STRENGTH_HELP = (
    "At least 8 characters: any you like. Not a common password, and not like your username or e-mail address."
)

ERROR_MESSAGES = {
    "cannot_generate_recovery_codes": "Set up an authenticator app or a passkey first.",
    "duplicate_email": "This e-mail address belongs to your account already.",
    "email_password_mismatch": "That e-mail or username and password don’t match. Try again, or reset your password.",
    "email_taken": "Someone has this e-mail address already. Log in instead, or use another address.",
    "enter_current_password": "That’s not your current password. Try again.",
    "incorrect_code": "That’s not the right code, or it’s been used already. Try the next one.",
    "incorrect_password": "That’s not your password. Try again.",
    "password_entirely_numeric": "Add letters to the password: it can’t be made of digits alone.",
    "password_of_site_words": "Choose another password: these words are easy to guess here.",
    "password_too_common": "Choose another password: many people use this one, so it is tried first.",
    "password_too_short": "Choose a password of at least %(min_length)d characters.",
    "password_too_similar": "Choose a password that is less like your username or e-mail address.",
    "unknown_passkey": "We don’t know that passkey, or it wasn’t unlocked. Try again.",
    "username_blacklisted": RESERVED_USERNAME_MESSAGE,
    "username_taken": "Someone has this username already. Choose another one.",
}
ERROR_MESSAGES["username_password_mismatch"] = ERROR_MESSAGES["email_password_mismatch"]


SCOPES = {
    Scope.READ: "Read only: a program sees what you see, and changes nothing.",
    Scope.ACT: "Read and act: a program also posts, offers, accepts and writes in your name.",
}
DAYS = {7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}


class AccountForm(SiteFormMixin):
    hints: dict[str, str] = {}
    plain_attrs = {"autocapitalize": "none", "spellcheck": "false"}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.help_text = self.hints.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field.widget, forms.TextInput):
                field.widget.attrs |= self.plain_attrs
            if isinstance(field, forms.EmailField):
                field.validators.append(MaxLengthValidator(254))
                field.widget.attrs.pop("maxlength", None)

    def add_error(self, field, error) -> None:
        error = forms.ValidationError(error)
        lists = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
        for cause in chain.from_iterable(lists):
            cause.message = ERROR_MESSAGES.get(cause.code, cause.message)
        super().add_error(field, error)  # type: ignore[misc]


class LoginForm(AccountForm, allauth_forms.LoginForm):
    labels = {"login": "E-mail or username", "password": "Password"}
    missing = {"login": "Enter your e-mail address or username.", "password": "Enter your password."}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def clean_login(self) -> str:
        return normalize_login(super().clean_login())

    def user_credentials(self) -> dict:
        """Pass either an address or a username: trying both takes two hashes, and the time would show it."""
        login = self.cleaned_data["login"]
        return {"email" if "@" in login else "username": login, "password": self.cleaned_data["password"]}


class SignupForm(AccountForm, allauth_forms.SignupForm):
    username = CleanCharField(widget=forms.TextInput(attrs={"autocomplete": "username"}))
    email = EmailFormField()

    labels = {"username": "Username", "email": "E-mail address", "password1": "Password"}
    hints = {
        "username": "It’s in your profile’s address. 3 to 30 letters from a to z, digits, hyphens and underscores.",
        "email": "We write to you there about your jobs and offers. Nobody else sees it.",
        "password1": STRENGTH_HELP,
    }
    missing = {
        "username": "Choose a username.",
        "email": "Enter your e-mail address.",
        "password1": "Choose a password.",
    }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Browsers would cut a long name silently.
        self.fields["username"].widget.attrs.pop("maxlength", None)

    def clean_username(self) -> str:
        User.objects.delete_unreferenced(
            User.objects.abandoned().filter(username__iexact=self.cleaned_data["username"])
        )
        return super().clean_username()

    def validate_unique_email(self, value: str) -> str:
        User.objects.delete_unreferenced(User.objects.abandoned().filter(email__iexact=value))
        self.account_already_exists = User.objects.filter(email__iexact=value).exists()
        return value

    def try_save(self, request: HttpRequest) -> tuple[User, None]:
        """Create an account even if another has the address, which a refusal would reveal."""
        return self.save_placeholder() if self.account_already_exists else self.save(request), None

    def save_placeholder(self) -> User:
        user = User(username=self.cleaned_data["username"])
        user.set_password(self.cleaned_data["password1"])
        user.save()
        EmailAddress.objects.create(user=user, email=self.cleaned_data["email"], primary=True)
        return user


class CorrectEmailForm(AccountForm, forms.Form):
    email = EmailFormField()

    labels = {"email": "Your e-mail address"}
    missing = {"email": "Enter your e-mail address."}


class ChangeEmailForm(AccountForm, allauth_forms.AddEmailForm):
    email = EmailFormField()

    labels = {"email": "New e-mail address"}
    missing = {"email": "Enter your new e-mail address."}


class ResetPasswordForm(AccountForm, allauth_forms.ResetPasswordForm):
    email = EmailFormField()

    labels = {"email": "E-mail address"}
    hints = {"email": "The one that you signed up with."}
    missing = {"email": "Enter your e-mail address."}

    def clean_email(self) -> str:
        email = super().clean_email()
        confirmed = set(EmailAddress.objects.get_users_for(email))
        self.users: list[User] = [user for user in self.users if user in confirmed]
        return email

    def save(self, request: HttpRequest, **kwargs) -> str:
        """Requests of others use up no limit of a browser that was logged in."""
        email = self.cleaned_data["email"]
        browser = next((device for user in self.users if (device := find_device(request, user))), "")
        if not browser:
            RESETS_PER_ADDRESS.consume(network_address(request))
        RESETS_PER_MAILBOX.consume(f"{email} {browser}")
        # Reads the session in every case, because a response header shows whether it was read.
        next_path(request)
        if not self.users and not self.send_confirmation(request, email):
            get_adapter().write_reset_mail_to_nobody(email)
        return super().save(request, **kwargs)

    def send_confirmation(self, request: HttpRequest, email: str) -> bool:
        waiting = User.objects.unconfirmed().filter(email__iexact=email)
        address = EmailAddress.objects.filter(user__in=waiting, email=email).first()
        if address:
            address.send_confirmation(request, signup=True)
        return bool(address)


class ReauthenticateForm(AccountForm, allauth_forms.ReauthenticateForm):
    labels = {"password": "Password"}
    missing = {"password": "Enter your password."}


class CloseAccountForm(ReauthenticateForm):
    missing = {"password": "Enter your password, so that nobody else closes your account."}


class NewPasswordForm(AccountForm):
    """Asks whether access tokens end too, if there are some. Those from a log-in end in any case, like sessions."""

    labels = {"oldpassword": "Current password", "password1": "New password"}
    hints = {"password1": STRENGTH_HELP}
    missing = {"oldpassword": "Enter your current password.", "password1": "Choose a new password."}
    ends_tokens = True
    # None behind a link that no longer works.
    user: User | None

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        if self.user and self.user.access_tokens.valid().made_by_hand().exists():
            self.fields["end_tokens"] = forms.BooleanField(
                required=False,
                initial=self.ends_tokens,
                label="End my access tokens too",
                help_text="Programs that use them can’t log in any more.",
                widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
            )

    @atomic
    def save(self) -> None:
        super().save()  # type: ignore[misc]
        if self.user and self.cleaned_data.get("end_tokens"):  # type: ignore[attr-defined]
            self.user.access_tokens.all().delete()


class ChangePasswordForm(NewPasswordForm, allauth_forms.ChangePasswordForm):
    def clean_oldpassword(self) -> str:
        password = super().clean_oldpassword()
        get_adapter().keep_session(self.user)
        return password


class SetPasswordForm(NewPasswordForm, allauth_forms.SetPasswordForm):
    # There was no earlier password that somebody could have known.
    ends_tokens = False


class ResetPasswordKeyForm(NewPasswordForm, allauth_forms.ResetPasswordKeyForm):
    pass


class AccessTokenForm(SiteFormMixin, forms.Form):
    name = CleanCharField(
        max_length=MOST_CHARACTERS_OF_NAME, help_text="So that you know it from others, like “Calendar of my shop”."
    )
    scope = forms.ChoiceField(choices=SCOPES, initial=Scope.READ, widget=forms.RadioSelect)
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=30)

    labels = {"scope": "What it may do", "days": "How long it works"}
    missing = {"name": "Enter a name.", "scope": "Choose what it may do.", "days": "Choose how long it works."}
