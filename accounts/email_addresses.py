import re
from encodings.idna import nameprep

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from core.text import drop_invisible

# Longer addresses are refused later, and would take long to normalize.
MAX_NORMALIZED_LENGTH = 320
MAX_LOCAL_LENGTH = 64
FORBIDDEN_CHARACTERS = frozenset(',"')
AT_LOOKALIKES = frozenset("\uff20\ufe6b")
DOT_LOOKALIKES = re.compile("[\u3002\uff0e\uff61]")
# Python follows IDNA 2003, by which ß is ss and ς is σ. By IDNA 2008 they are other domains, with other people's mail.
IDNA2008_LETTERS = re.compile("([ßς])")
UNROUTABLE_DOMAINS = frozenset({"invalid", "local", "localhost"})

EXAMPLE = "like name@example.com"
NO_DOMAIN = f"Enter an e-mail address with a domain that gets mail behind the @, {EXAMPLE}."


def normalize_email(address: str) -> str:
    address = drop_invisible(address).strip()
    if len(address) > MAX_NORMALIZED_LENGTH:
        return address
    local, at, domain = address.rpartition("@")
    if not at:
        return domain.lower()
    return f"{local.lower()}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    return ".".join(map(_ascii_label, DOT_LOOKALIKES.sub(".", domain).split(".")))


def normalize_login(typed: str) -> str:
    return normalize_email(typed) if "@" in typed else drop_invisible(typed).strip()


def email_is_one_plain_address(value: str) -> None:
    local, _, domain = value.rpartition("@")
    last = domain.rpartition(".")[2]
    if FORBIDDEN_CHARACTERS & set(value):
        raise ValidationError("Enter an e-mail address without commas and quotation marks.")
    if any(map(str.isspace, value)):
        raise ValidationError("Enter the e-mail address without spaces in it.")
    if AT_LOOKALIKES & set(value):
        raise ValidationError(f"Enter the e-mail address with one plain @, {EXAMPLE}.")
    if ".." in value or domain.startswith(".") or (local and domain.endswith(".")):
        raise ValidationError("Take the dot that is too much out of the e-mail address.")
    if local and ("." not in domain or domain.startswith("[") or last.isdecimal() or last in UNROUTABLE_DOMAINS):
        raise ValidationError(NO_DOMAIN)
    if not local.isascii():
        raise ValidationError("Before the @, use letters from a to z without accents, digits, and signs like . - _ +")
    if len(local) > MAX_LOCAL_LENGTH:
        raise ValidationError(f"Before the @, use at most {MAX_LOCAL_LENGTH} characters.")
    try:
        validate_email(value)
    except ValidationError as error:
        raise ValidationError(f"Enter an e-mail address {EXAMPLE}.") from error


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label.lower()
    try:
        parts = IDNA2008_LETTERS.split(label.replace("ẞ", "ß"))
        if len(parts) == 1:
            return label.encode("idna").decode()
        prepared = "".join(part if IDNA2008_LETTERS.fullmatch(part) else nameprep(part) for part in parts)
        return f"xn--{prepared.encode('punycode').decode()}"
    except UnicodeError:
        return label
