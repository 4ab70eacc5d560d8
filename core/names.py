"""What people may call themselves and their jobs: nothing that impersonates the site, and no address."""

import unicodedata

import regex
from django.conf import settings
from django.core.exceptions import ValidationError

from core.text import drop_invisible

# Characters that look like a Latin letter. Capitals are replaced first: a small one may look like another letter.
CAPITALS = {
    "a": "ΑᎪꓮ", "b": "ΒᏴꓐ", "c": "ᏟꓚⲤ", "d": "Ꭰꓓ", "e": "ΕᎬꓰ", "f": "ϜꓝҒ", "g": "Ꮐꓖ", "h": "ΗᎻꓧ", "i": "ΙᏆꓲӀ",
    "j": "ᎫꓙͿ", "k": "ΚᏦꓗ", "l": "Ꮮꓡ", "m": "ΜᎷꓟϺ", "n": "Νꓠ", "o": "ΟꓳՕⲞ", "p": "ΡᏢꓑ", "r": "Ꭱꓣ", "s": "ᏚꓢՏ",
    "t": "ΤᎢꓔ", "u": "Սꓴ", "v": "ᏙꓦѴ", "w": "ᎳꓪԜ", "x": "Χꓫ", "y": "ΥꓬҮ", "z": "ΖᏃꓜ",
}  # fmt: skip
SMALL = {
    "a": "αаɑᴀ4", "b": "βвʙƀьЬ8", "c": "ϲсᴄⲥ", "d": "ԁɗᴅđ", "e": "εеҽᴇ3ɛ", "f": "ғꜰƒϝ", "g": "ɡɢցɠ9", "h": "һнհʜħ",
    "i": "ιіıɪ1lӏʟłɩ", "j": "јϳᴊ", "k": "κкᴋ", "m": "мᴍ", "n": "ηпոɴŋ", "o": "οоօσᴏø0ⲟ", "p": "ρрᴘ", "q": "ԛգ",
    "r": "гʀɾ", "s": "ѕꜱʂ5", "t": "τтᴛŧ7", "u": "υսᴜʋ", "v": "νѵᴠ", "w": "ωшԝᴡɯ", "x": "χхҳ", "y": "γуүʏ", "z": "ᴢʐ2",
}  # fmt: skip
AS_CAPITAL = str.maketrans({like: letter for letter, alike in CAPITALS.items() for like in alike})
AS_SMALL = str.maketrans({like: letter for letter, alike in SMALL.items() for like in alike})
FRAMED = {start + place: chr(ord("a") + place) for start in (0x1F150, 0x1F170, 0x1F1E6) for place in range(26)}
# Signs that replace a letter if the word goes on after them.
SIGNS = {"$": "s", "@": "a", "!": "i", "|": "i", "€": "e", "+": "t"}
SIGN_IN_A_WORD = regex.compile(r"[$@!|€+](?=[\p{L}\p{N}$@!|€+])")
NO_LETTERS = regex.compile(r"[^\p{L}\p{N}]+")


def skeleton(name: str) -> str:
    """Equal for names that look alike."""
    bare = unicodedata.normalize("NFKD", drop_invisible(name)).translate(FRAMED | AS_CAPITAL)
    bare = SIGN_IN_A_WORD.sub(lambda sign: SIGNS[sign[0]], unicodedata.normalize("NFKD", bare.casefold()))
    return NO_LETTERS.sub("", bare.translate(AS_SMALL)).replace("rn", "m").replace("vv", "w")


# How the site names itself, the two sides of a job, and closed accounts.
ROLES = ("staff", "support", "team", "admin", "administrator", "moderator", "helpdesk")
SPEAKERS = ("site", "owner", "you", "former member")
NUMBERS_BESIDE = regex.compile(r"^[^\p{L}]+(?=\p{Z})|(?<=\p{L})[^\p{L}]+$")


def impersonates_site(name: str) -> bool:
    """True for words of the site alone, with staff, support or team, or with numbers."""
    roles, speakers = ("|".join(map(skeleton, words)) for words in ((*ROLES, "the"), (*SPEAKERS, settings.SITE_NAME)))
    words = regex.compile(rf"(?:{roles})*(?:{speakers})?(?:{roles})*")
    # No name is longer, and a much longer one would take the pattern too long.
    name = name[:100]
    looks = {skeleton(name), skeleton(NUMBERS_BESIDE.sub("", name))} - {"", skeleton("the")}
    return any(words.fullmatch(look) for look in looks)


# The mailboxes of RFC 2142 and the accounts of servers: their mail reaches the operators of the site.
SERVER_NAMES = (
    "abuse", "contact", "daemon", "do-not-reply", "donotreply", "ftp", "hello", "hostmaster", "info", "localhost",
    "mail", "mailer-daemon", "marketing", "news", "no-reply", "nobody", "noc", "noreply", "operator", "postmaster",
    "root", "sales", "security", "ssladmin", "sysadmin", "system", "usenet", "uucp", "webmaster", "www", "www-data",
)  # fmt: skip


def is_reserved_username(username: str) -> bool:
    """True for names of the site, of servers, and like those of closed accounts."""
    first_word = regex.split("[-_]", username)[0]
    names_server = skeleton(username) in set(map(skeleton, SERVER_NAMES))
    return impersonates_site(username) or names_server or skeleton(first_word) == skeleton("former")


ADDRESS = regex.compile(
    r"""
    :[/\\]{2} | \bwww[.] | [^\s@]@[^\s@]                  # http://, www., name@domain
    | [\p{L}\p{N}_-][.]\p{L}{2,}(?::\p{N}+)?[/\\?\#]\S    # a domain with a path
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
DOTS_AND_SLASHES = str.maketrans("。․⁄∕⧸", "..///")


def validate_no_address(name: str) -> None:
    # Names appear in mails of the site, which must not carry other people's links.
    if ADDRESS.search(unicodedata.normalize("NFKC", drop_invisible(name)).translate(DOTS_AND_SLASHES)):
        raise ValidationError("Leave web and e-mail addresses out of this.", code="address")
