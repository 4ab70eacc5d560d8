"""What counts as an e-mail address, a web address or a phone number, and what only looks like one."""

import pytest
from django.core.exceptions import ValidationError

from conversations.contact_details import validate_no_contact_details

REFUSED = {
    "an e-mail address": [
        "Write to maria@gmail.com.",
        "maria@gmail",
        "maria@gmail . com",
        "maria @ gmail.com",
        "maria @ gmail . com",
        "maria at gmail dot com",
        "maria (at) gmail (dot) com",
        "maria[at]telenet.be",
        "maria at gmail",
        "m.a-r+i_a@x.be",
        "ｍａｒｉａ＠ｇｍａｉｌ．ｃｏｍ",
        "mar\u200bia\u2060@\u00adgmail.com",
        "maria@163.com",
        "Maria AT Gmail DOT Com",
    ],
    "a web address": [
        "https://x.be",
        "http x.be",
        "www.x.be",
        "WWW . x . be",
        "x.be",
        "x.be/abc",
        "x .be",
        "my-site . com",
        "wa.me/32470123456",
        "t.me/maria",
        "bit.ly/3xYz",
        "clean dot be",
        "clean punt com",
        "x。be",
        "ww\u200dw.x.be",
        "Facebook.com/maria",
        "maria.link",
        "clean.brussels",
        "clean.vlaanderen/maria",
        "maria.ch",
        "maria.pl",
        "maria.pt",
        "maria.ro",
        "clean dot bg",
        "CLEAN.BE",
    ],
    "a phone number": [
        "0470 12 34 56",
        "0470123456",
        "0470/12.34.56",
        "0470-12-34-56",
        "+32 (0)470/12.34.56",
        "+32470123456",
        "0032 470 12 34 56",
        "(0470) 12 34 56",
        "09 123 45 67",
        "02/555.12.34",
        "470 12 34 56",
        "470.12.34.56",
        "32470123456",
        "0 4 7 0 1 2 3 4 5 6",
        "0470:12:34:56",
        "0470 - 12 - 34 - 56",
        "0470, 12, 34, 56",
        "０４７０１２３４５６",
        "٠٤٧٠١٢٣٤٥٦",
        "0470\u200b12\u206034\ufeff56",
        "04\u00ad70\u200d12\u200c34\u200f56",
        "o47o 12 34 56",
        "O470123456",
        "0470–12–34–56",
        "0470\u00a012\u202f34\u200956",
        "0470\n12\n34\n56",
        "tel0470123456",
        "Call 0470 12 34 56 after 14:00",
        "14:00, 0470 12 34 56",
        "06 12 34 56 78",
        "+1 555 0100",
        "6 12 34 56 78",
        "470-123-456",
        "①②③④⑤⑥⑦⑧⑨",
        "0️⃣4️⃣7️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣",
        "0️⃣ 4️⃣ 7️⃣ 0️⃣ 1️⃣ 2️⃣ 3️⃣ 4️⃣ 5️⃣ 6️⃣",
        '0470 "12" 34 56',
        "0470 “12” «34» „56”",
        "470`12‘34’56",
        "0470&12=34<56>",
        "0470…12…34…56",
        "0470 … 12、34、56",
    ],
}
ALLOWED = [
    "9000 Gent",
    "B-9000",
    "9000, 9040 and 9050",
    "9000, 9040, 9050",
    "2 x 3.5 h",
    "12/05",
    "12/05/2026",
    "12-05-2026 14:00-17:30",
    "01/12/2026 - 05/12/2026",
    "01-05/12/2026, 08:00-12:00",
    "20/11, 21/11, 22/11, 23/11",
    "20-24 Nov",
    "Thu 26 Nov 2026, 14:00",
    "14:00-17:30",
    "14.00-17.30",
    "08:00-12:00, 13:00-17:30",
    "2026-11-28",
    "2026-11-28 09:00",
    "€22.50",
    "22,50-25,00 EUR",
    "20.00, 22.50, 25.00 EUR",
    "3 000 EUR",
    "€ 1.250,00 or € 1.300,00",
    "10 000 - 12 000",
    "100 m2",
    "100 m²",
    "2.5 to 3 h, 60 m2, 3rd floor",
    "Kerkstraat 12-14, bus 3",
    "Kerkstraat 123/0401",
    "numbers 2, 4, 6 and 8",
    "4 rooms @ 20 euro",
    "3 rooms @ home. The rest too",
    "Are you at home at 9? Meet at the door.",
    "at some point be there",
    "au point de vue",
    "Is it clean.The stairs too?",
    "Ja.De trap ook.",
    "o.a. de ramen, a.u.b.",
    "e.g. the windows, i.e. both sides",
    "and/or",
    "24/7",
    "p.m. or a.m.",
    "The dot on the wall",
    "and so on... be quick",
    "Half past 2. No pets.",
    "1 2 3",
    "no. 5",
    "1) windows 2) stairs 3) hall",
    "two ovens: 60 x 60 x 85 cm",
    "20/11/2026 & 21/11/2026",
    '"20/11/2026","21/11/2026"',
    "01/12/2026->05/12/2026",
    "01/12/2026 … 05/12/2026",
    "08:00-12:00 & 13:00-17:30",
    "12.50 + 12.50 = 25.00 EUR",
    "1️⃣ windows 2️⃣ stairs",
    "A link, brussels sprouts, plants",
    "See the note.Link it later.",
    "Nov 20, 21, 22 and 23",
    "on 20/11/2026, 3 rooms",
    "10:00 - 11:30 (1.5 h)",
    "2 on 20/11/2026 14:00-17:30",
    "1.5, 2.5, 3.5, 4.5 or 5.5 h",
    "from 3 000 to 4 000 EUR, 12/05/2026 (2)",
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in REFUSED.items() for text in texts])
def test_contact_details_are_refused_by_their_kind(kind, text):
    with pytest.raises(ValidationError, match=f"looks like {kind}. Leave it out"):
        validate_no_contact_details(text)
    with pytest.raises(ValidationError):
        validate_no_contact_details(f"Is there a lift? {text} Bye")


@pytest.mark.parametrize("text", ALLOWED)
def test_what_only_looks_like_contact_details_is_allowed(text):
    validate_no_contact_details(text)
    validate_no_contact_details(f"Is that right: {text}, or not?")


def test_all_that_is_allowed_is_allowed_together():
    validate_no_contact_details(" and ".join(ALLOWED))


def test_the_refusal_quotes_what_was_found():
    with pytest.raises(ValidationError) as refusal:
        validate_no_contact_details("Call me: 0470\u200b/12.34.56, or mail")
    assert refusal.value.messages == [
        "“0470/12.34.56” looks like a phone number. Leave it out, because everyone can read this."
    ]


@pytest.mark.parametrize(
    "text", ["a", "1", "1\u20e3", "1…", '1"', "@", ".", "(", " ", "a.", "a@", "1.", "12.10 ", "12.10-", "www", "a at "]
)
def test_long_texts_are_read_quickly(text):
    for _ in range(2):
        try:
            validate_no_contact_details((text * 50_000)[:50_000])
        except ValidationError:
            continue
