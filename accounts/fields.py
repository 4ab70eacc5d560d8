"""Fields for e-mail addresses and phone numbers, which bring them into their one form."""

from django import forms
from django.db import models

from accounts.addresses import email_is_one_plain_address, normalize_email
from accounts.phones import clean_phone_number
from core.fields import CleanCharField
from core.forms import CleanCharField as CleanCharFormField


class EmailFormField(forms.EmailField):
    default_validators = [email_is_one_plain_address]
    widget = forms.EmailInput(attrs={"autocomplete": "email"})

    def to_python(self, value) -> str:
        return normalize_email(super().to_python(value) or "")


class EmailField(models.EmailField):
    """A column of addresses. One that came from the database in another form stays so until it is changed."""

    default_validators = []

    def deconstruct(self):
        """As Django's own, because it makes the same column."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs

    def to_python(self, value):
        return normalize_email(super().to_python(value) or "")

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = getattr(model_instance, self.attname)
        if add or value != getattr(model_instance, "loaded_email", None):
            value = normalize_email(value or "")
            setattr(model_instance, self.attname, value)
        return value

    def get_db_prep_save(self, value, connection):
        """As `pre_save` has left it; what is compared with the column comes into its form."""
        return value

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": EmailFormField} | kwargs)


class PhoneNumberFormField(CleanCharFormField):
    clean_typed = staticmethod(clean_phone_number)


class PhoneNumberField(CleanCharField):
    """A phone number as it is shown."""

    clean_typed = staticmethod(clean_phone_number)
    form_class = PhoneNumberFormField
