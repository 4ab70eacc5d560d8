from django import forms
from django.db import models

from accounts.email_addresses import email_is_one_plain_address, normalize_email
from accounts.phone_numbers import clean_phone_number
from core.fields import CleanCharField, CleanMixin
from core.forms import CleanCharField as CleanCharFormField
from core.forms import CleanMixin as CleanFormMixin


class EmailFormField(CleanFormMixin, forms.EmailField):
    clean_typed = staticmethod(normalize_email)
    default_validators = [email_is_one_plain_address]
    widget = forms.EmailInput(attrs={"autocomplete": "email"})


class EmailField(CleanMixin, models.EmailField):
    clean_typed = staticmethod(normalize_email)
    form_class = EmailFormField
    default_validators = []

    def to_python(self, value):
        return super().to_python(value) or ""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = getattr(model_instance, self.attname)
        if add or value != getattr(model_instance, "loaded_email", None):
            setattr(model_instance, self.attname, value or "")
            value = super().pre_save(model_instance, add)
        return value

    def get_db_prep_save(self, value, connection):
        return value


class PhoneNumberFormField(CleanCharFormField):
    clean_typed = staticmethod(clean_phone_number)


class PhoneNumberField(CleanCharField):
    clean_typed = staticmethod(clean_phone_number)
    form_class = PhoneNumberFormField
