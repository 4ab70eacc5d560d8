"""What nobody should send, and a class that sends it."""

from urllib.parse import quote

import pytest

from marketplace.testing import rolled_back

PAYLOADS = [
    # Bytes and characters
    b"\0", b"%00", b"%", b"\x01\x08\x1b\x7f", b"\xed\xa0\x80", b"\xed\xa0\xbd\xed\xb8\x80", b"\xc0\xaf\xc0\x80",
    b"", "\uffff\ufdd0\U0010ffff".encode(), "\u2003\u3000\u200b\ufeff".encode(), b" \t\n\x0b ",
    "\u202eab\u2066שלום".encode(), "🧹".encode(), b"e" + "\u0301".encode() * 1000, "İıſßŉ".encode(),
    b"a\r\nSet-Cookie: evil=1\r\n\r\nb",
    # Numbers
    b"1e400", b"1e999999", b"-1e999999", b"NaN", b"Infinity", b"-0", b"-1", b"0", b"0x10", b"1_000", "١٢٣".encode(),
    "２０.５０".encode(), "²³".encode(), b"20." + b"0" * 400 + b"1", b"1000.001", b"0.999", b"2147483648", b"9" * 40,
    # Times
    b"0000-01-01T00:00", b"1901-01-01T00:00", b"8999-12-31T23:59", b"-2026-01-01T00:00",
    b"2027-02-31T10:00", b"2027-03-28T02:30", b"2027-01-01T25:00", b"1 January 2027 10:00",
    # Words that mean something to somebody
    b"[]", b'{"$ne": null}', b"<script>alert(1)</script>", b"{% x %}{% csrf_token %}", b"{{ {{{ {# %(a)s {0} %s",
    b"'\"`\\'; DROP TABLE accounts_user; --", b"../../etc/passwd", b"offer__cleaning__status", b"?", b"-", b"new",
    b"None", b"00000000-0000-0000-0000-000000000000", b"javascript:alert(1)",
]  # fmt: skip
SHARP = [
    b"a\0b", b"\xed\xa0\x80\xff", b"a" * 10_000, b"sNaN123", b"9223372036854775808", b"9" * 5000, b"9999-12-31T23:59",
    b"//[evil", b"0001-01-01T00:00",
]  # fmt: skip
PAYLOADS += SHARP
SHORT_AND_FULL = pytest.mark.parametrize(
    "payloads", [SHARP, pytest.param(PAYLOADS, marks=pytest.mark.thorough)], ids=["sharp", "all"]
)


class Fuzzer:
    """Sends requests, each rolled back again, and remembers the answers that no request may have."""

    def __init__(self):
        self.count, self.faults = 0, {}

    def send(self, label, ask, *args, **kwargs):
        self.count += 1
        try:
            with rolled_back():
                status = ask(*args, **kwargs).status_code
        except Exception as error:
            status = f"{type(error).__name__}: {error}"[:100]
        if not isinstance(status, int) or status >= 500:
            self.faults.setdefault(str(status), []).append(label)


def encoded(values):
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in values.items())
