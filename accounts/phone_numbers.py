import re

from django.core.exceptions import ValidationError

from core.text import ascii_digits

# Longer texts would take long to clean.
MAX_LENGTH = 200
INTERNATIONAL = re.compile(r"\(?\s*(?:\+|0\s*0)")
BRACKETED_ZERO = re.compile(r"\(\s*0\s*\)")
BETWEEN_DIGITS = re.compile(r"[\s./()-]")


def clean_phone_number(text: str) -> str:
    return " ".join(ascii_digits(text).split()) if len(text) <= MAX_LENGTH else text


def dialled_number(phone_number: str) -> str:
    if INTERNATIONAL.match(phone_number):
        phone_number = BRACKETED_ZERO.sub("", phone_number, count=1)
    return BETWEEN_DIGITS.sub("", phone_number)


def phone_number_is_well_formed(value: str) -> None:
    if not re.fullmatch(r"\+?[0-9]{6,15}", dialled_number(value)):
        raise ValidationError("Enter a phone number of 6 to 15 digits, like +32 2 555 12 34.")
