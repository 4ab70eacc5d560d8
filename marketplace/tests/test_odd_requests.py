"""Requests that no browser sends, to a real server: no answer of 500 or above."""

import http.client
from itertools import product
from urllib.parse import urlsplit

import pytest

ODD = [
    b"\xff\xfe", b"a" * 5000, b'"; x', b"en;q=1e999999", b"\x01", "١٢٣".encode(), b"-1", b"a; charset=utf-7", b"=",
]  # fmt: skip
ODD_HEADERS = [
    "Cookie", "Accept-Language", "Referer", "Origin", "X-Forwarded-For", "Range", "If-Modified-Since", "Content-Type",
]  # fmt: skip
ODD_HOSTS = ["evil.example", "localhost@evil.example", "[", "a b", "", "localhost:99999999x"]
ODD_PATHS = ["/%ff%fe", "/cleanings/%00/", "//evil.example", "/cleanings/../../etc/passwd", "/?%00", "/%", "/.git/HEAD"]


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_a_real_server_is_not_upset_by_odd_requests(live_server):
    host, statuses = urlsplit(live_server.url).netloc, {}
    requests = [(path, {name: value}) for path, name, value in product(("/", "/cleanings/?page=1"), ODD_HEADERS, ODD)]
    requests += [("/", {"Host": value}) for value in ODD_HOSTS] + [(path, {}) for path in ODD_PATHS]
    for path, headers in requests:
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", path, headers=headers)
        statuses[path, *headers.items()] = connection.getresponse().status
        connection.close()
    assert {request: status for request, status in statuses.items() if status >= 500} == {}
    assert {status for request, status in statuses.items() if "Host" in str(request)} == {400}
