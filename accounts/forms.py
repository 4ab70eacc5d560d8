"""What a person types about themselves, and how every form of the site speaks."""

from allauth.account import forms as allauth_forms
from django import forms
from django.core.validators import MaxLengthValidator
from django.forms.utils import pretty_name
from django.http import HttpRequest

from accounts.models import Profile

# Fields that a form sends along, or that nobody wants to copy.
NOT_TYPED = {"csrfmiddlewaretoken", "next", "login", "post_token", "revision", "version", "action", "confirmed"}


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """Names and values of what a person typed in a form that could not be taken, to be copied; never a password."""
    return [
        (name.replace("_", " "), value)
        for name, value in request.POST.items()
        if value and "password" not in name and not name.startswith("initial-") and name not in NOT_TYPED
    ]


def look_of(widget: forms.Widget) -> str:
    """The class by which Bootstrap knows a control; groups of choices and hidden fields have none."""
    if widget.is_hidden or isinstance(widget, forms.RadioSelect):
        return ""
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


class PlainWordsMixin:
    """A form whose sentences are ours: no `required` attribute, "(optional)" in labels, one sentence a missing value.

    `missing` gives the sentence for a field that was left empty; without one it is "Enter" and the label. `labels`
    gives the label where the field itself has another one.
    """

    use_required_attribute = False
    missing: dict[str, str] = {}
    labels: dict[str, str] = {}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            label = field.label = self.labels.get(name, str(field.label or pretty_name(name)))
            field.error_messages["required"] = self.missing.get(name, f"Enter {label[0].lower()}{label[1:]}.")
            field.error_messages.setdefault(
                "max_length", f"Shorten “{label}” to %(limit_value)d characters; it has %(show_value)d."
            )
            if isinstance(field, forms.EmailField):
                field.error_messages["invalid"] = "Enter an e-mail address like name@example.com."
            if not field.required and not isinstance(field, forms.BooleanField) and not field.widget.is_hidden:
                field.label = f"{label} (optional)"
            if look := look_of(field.widget):
                field.widget.attrs["class"] = f"{field.widget.attrs.get('class', '')} {look}".strip()


class ProfileForm(PlainWordsMixin, forms.ModelForm):
    class Meta:
        model = Profile
        fields = ["full_name", "bio", "phone_number", "city"]
        help_texts = {
            "full_name": "Shown to everybody; a first name is enough.",
            "bio": "What others should know before they let you in, or before they come.",
            "phone_number": "Shown only to the other side of an accepted offer.",
            "city": "Shown to everybody.",
        }
        widgets = {
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone_number": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
        }


RULES = "At least 8 characters, not a common password, and not like your username or e-mail address."

# allauth and Django name the cause of an error by a code; these are our sentences for it.
SENTENCES = {
    "account_inactive": "This account is closed.",
    "duplicate_email": "This e-mail address belongs to your account already.",
    "email_password_mismatch": "That username or e-mail address and that password do not belong together. Try again.",
    "email_taken": "Somebody has this e-mail address already. Log in instead, or use another address.",
    "enter_current_password": "That is not your current password. Try again.",
    "incorrect_password": "That is not your password. Try again.",
    "max_email_addresses": "You have as many e-mail addresses as an account can have. Remove one first.",
    "password_entirely_numeric": "Add letters to the password: it cannot be made of digits alone.",
    "password_too_common": "Choose another password: many people use this one, so it is tried first.",
    "password_too_short": "Choose a password of at least %(min_length)d characters.",
    "password_too_similar": "Choose a password that is less like your username or e-mail address.",
    "same_as_current": "That is your e-mail address already. Enter another one.",
    "too_many_login_attempts": "There were too many tries. Wait five minutes, then try again.",
    "username_blacklisted": "That username is kept for the site itself. Choose another one.",
    "username_taken": "Somebody has this username already. Choose another one.",
}
SENTENCES["username_password_mismatch"] = SENTENCES["email_password_mismatch"]


class AccountForm(PlainWordsMixin):
    """A form of allauth's in our words: `hints` by field, no placeholder, `SENTENCES` for its errors."""

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
                # What the column holds; allauth's form would take 320 characters.
                field.validators.append(MaxLengthValidator(254))
                field.widget.attrs.pop("maxlength", None)

    def add_error(self, field, error) -> None:
        """Add the error in our sentence where its code has one, once, however many validators found it."""
        if isinstance(error, forms.ValidationError) and not hasattr(error, "error_dict"):
            for cause in error.error_list:
                cause.message = SENTENCES.get(cause.code, cause.message)
        super().add_error(field, error)


class LoginForm(AccountForm, allauth_forms.LoginForm):
    labels = {"login": "E-mail or username", "password": "Password"}
    missing = {"login": "Enter your e-mail address or username.", "password": "Enter your password."}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class SignupForm(AccountForm, allauth_forms.SignupForm):
    labels = {"username": "Username", "email": "E-mail address", "password1": "Password"}
    hints = {
        "username": "Shown in your profile's address. 3 to 30 letters from a to z, digits, hyphens and underscores.",
        "email": "For messages about your cleanings and offers. Nobody else sees it.",
        "password1": RULES,
    }
    missing = {
        "username": "Choose a username.",
        "email": "Enter your e-mail address.",
        "password1": "Choose a password.",
    }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Without it a long name that is pasted is refused with a sentence instead of being cut in silence.
        self.fields["username"].widget.attrs.pop("maxlength", None)


class AddEmailForm(AccountForm, allauth_forms.AddEmailForm):
    labels = {"email": "E-mail address"}
    missing = {"email": "Enter the e-mail address to add."}


class ResetPasswordForm(AccountForm, allauth_forms.ResetPasswordForm):
    labels = {"email": "E-mail address"}
    hints = {"email": "The one that you signed up with."}
    missing = {"email": "Enter your e-mail address."}


class ReauthenticateForm(AccountForm, allauth_forms.ReauthenticateForm):
    labels = {"password": "Password"}
    missing = {"password": "Enter your password."}


class NewPasswordForm(AccountForm):
    """One field for the password that is chosen: whoever mistypes it can look at it, or reset it."""

    labels = {"oldpassword": "Current password", "password1": "New password"}
    hints = {"password1": RULES}
    missing = {"oldpassword": "Enter your current password.", "password1": "Choose a new password."}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]


class ChangePasswordForm(NewPasswordForm, allauth_forms.ChangePasswordForm):
    pass


class SetPasswordForm(NewPasswordForm, allauth_forms.SetPasswordForm):
    pass


class ResetPasswordKeyForm(NewPasswordForm, allauth_forms.ResetPasswordKeyForm):
    pass
