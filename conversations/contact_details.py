"""E-mail addresses, web addresses and phone numbers in texts that everyone reads."""

import unicodedata

import regex
from django.core.exceptions import ValidationError

from core.text import ascii_digits, isolate, truncate

DOTS_AND_SLASHES = str.maketrans("。․⁄∕⧸", "..///")
# As people write an address that a machine should not find: "maria (at) gmail dot com".
AT = r"[\s(\[{<]+(?:at|arobase|apenstaartje)[\s)\]}>]+"
DOT = r"[\s(\[{<]+(?:dot|punt|punkt)[\s)\]}>]+"
ENDINGS = "com|net|org|info|biz|eu|io|app|online|shop|site|link|be|brussels|vlaanderen|nl|fr|lu|uk|de|ch|pl|pt|ro|bg"
EMAIL_ADDRESS = regex.compile(
    rf"""
    (?<![\w.+-])[\w.+-]++@\p{{L}}[\w.-]*                            # maria@gmail
    | (?<![\w.+-])[\w.+-]++\s*@\s*[\w-]++(?:\.|\s+\.\s*)\p{{L}}{{2,}}   # maria @ gmail . com
    | \b\w++{AT}[\w-]++(?:\s*\.\s*|{DOT})(?:{ENDINGS})\b            # maria at gmail dot com
    | \b\w++{AT}(?:gmail|hotmail|outlook|yahoo|icloud|proton(?:mail)?|telenet|skynet)\b
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
# A full stop without a space after it ends no address: in "Ja.De trap" a sentence follows.
SENTENCE = r"(?-i:\p{Lu}\p{Ll})"
WEB_ADDRESS = regex.compile(
    rf"""
    \bhttps?\b\S* | :[/\\]{{2}}\S*
    | \bwww\s*[.,]\s*\S+
    | \w\.(?!{SENTENCE})(?:{ENDINGS})\b\S*                          # x.be
    | \w\s+\.(?:{ENDINGS})\b | \w\s*\.\s*(?:com|org)\b              # x .be, x . com
    | \w\.\p{{L}}{{2,3}}(?::\d+)?[/\\?\#]\S+                        # wa.me/32470
    | \b\w++{DOT}(?:{ENDINGS})\b                                       # x dot be
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
# Also "o47o", with letters for zeros.
ZERO = regex.compile(r"(?<![^\W\d_])[oO](?=[\doO])|(?<=\d)[oO](?![^\W\d_])")
QUOTES = r"'’‘‚\"“”„«»`"
# An ellipsis is three full stops by now. A keycap is a digit with a mark.
SIGN = rf"(?>\.{{3}}|[\s.,:;/()\[\]+*|_{QUOTES}·•~&=<>、-])"
NUMBERS = regex.compile(rf"\+?\(?\d(?>\p{{M}}*+(?:{SIGN}\p{{M}}*+){{0,3}}\d)+")
PHONE_DIGITS, INTERNATIONAL_DIGITS = 9, 7
BETWEEN = r"(?:\s*(?:[-,;/()&=<>、]{1,2}|\.{3})\s*|\s+\+\s+|\s+)"
DAY, MONTH = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])"
# Dates, times, sums, and numbers of four digits such as years and postcodes, with a small number before or after them:
# no phone number is written like that.
HARMLESS = regex.compile(
    rf"""
    (?:[1-9]\d?(?!\d){BETWEEN})?
    (?:(?>
        (?:{DAY}\s*-\s*)?{DAY}(?P<sign>[./-]){MONTH}(?:(?P=sign)(?:20)?\d\d)?(?!\d)
        | 20\d\d(?P<dash>[./-]){MONTH}(?P=dash){DAY}(?!\d)
        | (?:[01]?\d|2[0-4])[:.][0-5]\d(?!\d)
        | (?:[01]?\d|2[0-4])\s*-\s*(?:[01]?\d|2[0-4])(?!\d)
        | [1-9]\d{{0,2}}(?:[ .]\d{{3}}(?:[.,]\d\d)?|[.,]\d\d?)(?!\d)
        | [1-9]\d{{3}}(?!\d)
    )(?:{BETWEEN}|$))+
    (?:[1-9]\d?)?
    """,
    regex.VERBOSE,
)


def validate_no_contact_details(text: str) -> None:
    """ValidationError names what was found, because it may be a false alarm."""
    plain = unicodedata.normalize("NFKC", ascii_digits(text)).translate(DOTS_AND_SLASHES)
    if found := EMAIL_ADDRESS.search(plain):
        raise _refusal("{found} looks like an e-mail address. Leave it out, because everyone can read this.", found[0])
    if found := WEB_ADDRESS.search(plain):
        raise _refusal("{found} looks like a web address. Leave it out, because everyone can read this.", found[0])
    for found in NUMBERS.finditer(ZERO.sub("0", plain)):
        if is_phone_number(found[0]):
            raise _refusal("{found} looks like a phone number. Leave it out, because everyone can read this.", found[0])


def is_phone_number(number: str) -> bool:
    digits = regex.sub(r"\D", "", number)
    if number.startswith("+") or digits.startswith("00"):
        return len(digits) >= INTERNATIONAL_DIGITS
    return len(digits) >= PHONE_DIGITS and not HARMLESS.fullmatch(regex.sub(f"[{QUOTES}]", " ", number))


def _refusal(sentence: str, found: str) -> ValidationError:
    shown = f"“{isolate(truncate(' '.join(found.split()), 40))}”"
    return ValidationError(sentence.format(found=shown), code="contact_details")
