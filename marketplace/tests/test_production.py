"""README's lines for production, run as they stand there, and what nginx then answers."""

import grp
import http.server
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from contextlib import nullcontext
from http.client import IncompleteRead
from pathlib import Path

import pytest

from accounts.tests.pictures import corners, saved
from marketplace.tests import production
from marketplace.tests.processes import asking, free_port, get, running, wait_for, workers_of
from marketplace.tests.test_gunicorn import HEADERS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def machine():
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not nginx or not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        pytest.skip("no nginx or no PostgreSQL of Debian's is installed")
    with production.walked(nginx) as machine:
        yield machine


def has_all(headers):
    return {name: headers.get(name) for name in HEADERS} == HEADERS


def test_the_units_that_readme_starts_are_those_that_it_copied(machine):
    asked = (machine.scratch / "systemctl").read_text().splitlines()
    assert asked == [
        "restart systemd-journald",
        "daemon-reload",
        "enable --now swept swept-worker@1 swept-due.timer swept-check.timer",
        "reload-or-restart nginx",
    ]
    copied = {path.name for path in (machine.scratch / "etc/systemd/system").iterdir()}
    assert copied == {
        "swept.service", "swept-worker@.service", "swept-due.service", "swept-due.timer", "swept-check.service",
        "swept-check.timer",
    }  # fmt: skip


def test_each_unit_is_shut_in(machine):
    units = {path.name: path.read_text() for path in (machine.scratch / "etc/systemd/system").glob("*.service")}
    needed = {
        "User=swept", "NoNewPrivileges=true", "PrivateTmp=true", "ProtectHome=true", "ProtectSystem=strict",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    }  # fmt: skip
    assert units
    assert [(name, line) for name, text in units.items() for line in needed - set(text.splitlines())] == []


def test_systemd_has_nothing_to_say_about_the_units(machine):
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("no systemd-analyze is installed")
    units = map(str, (machine.scratch / "etc/systemd/system").iterdir())
    done = subprocess.run([program, "verify", "--man=no", *units], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_nginx_accepts_its_files_where_standard_error_is_a_socket(machine):
    ours, its = socket.socketpair()
    command = [machine.nginx, "-t", "-c", str(machine.scratch / "etc/nginx/nginx.conf")]
    with ours, its:
        assert subprocess.run(command, stderr=its).returncode == 0


def test_a_page_comes_over_tls_and_plain_http_is_sent_there(machine):
    status, headers, body = machine.get("/")
    assert (status, b"<h1" in body) == (200, True)
    assert headers.keys() >= HEADERS.keys()
    status, headers, _ = machine.get("/", plain=True)
    assert (status, headers["location"]) == (301, "https://swept.example/")
    assert machine.get("/api/v1/me/", plain=True)[0] == 403


def test_plain_http_that_says_it_came_over_tls_is_sent_there_all_the_same(machine):
    lines = ["GET / HTTP/1.1", "Host: swept.example", "X-Forwarded-Proto: https", "Connection: close", "", ""]
    assert machine.ask("\r\n".join(lines).encode(), plain=True)[0] == 301


@pytest.mark.parametrize("path", ["/.git/HEAD", "/.env", "/manage.py", "/media/../.env"])
def test_no_file_of_the_code_is_served(machine, path):
    assert machine.get(path)[0] in (400, 404)


def test_only_root_and_the_site_read_its_environment(machine):
    found = (machine.site / ".env").stat()
    assert (oct(found.st_mode & 0o777), found.st_uid) == ("0o640", os.geteuid())
    assert found.st_gid == grp.getgrnam(machine.group).gr_gid


def cipher(machine, version, ciphers="ALL:@SECLEVEL=0"):
    """What nginx chooses for this client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(machine.scratch / "etc/nginx/certs/site.crt")
    context.set_ciphers(ciphers)
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with (
        socket.create_connection(("127.0.0.1", machine.https), timeout=30) as client,
        context.wrap_socket(client, server_hostname="swept.example") as wrapped,
    ):
        return wrapped.cipher()[0]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(("version", "is_taken"), [("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)])
def test_older_versions_of_tls_are_refused(machine, version, is_taken):
    with nullcontext() if is_taken else pytest.raises(ssl.SSLError, match="alert protocol version"):
        cipher(machine, version)


@pytest.mark.parametrize("weak", ["ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "AES256-GCM-SHA384"])
def test_weak_ciphers_are_refused_and_the_strongest_is_preferred(machine, weak):
    strongest = "ECDHE-RSA-AES256-GCM-SHA384"
    assert cipher(machine, "TLSv1_2", f"{weak}:ECDHE-RSA-AES128-GCM-SHA256:{strongest}") == strongest
    with pytest.raises(ssl.SSLError, match="alert handshake failure"):
        cipher(machine, "TLSv1_2", weak)


def test_a_static_file_comes_with_every_header(machine):
    page = machine.get("/")[2].decode()
    path = re.search(r'href="(/static/site\.[0-9a-f]+\.css)"', page)[1]
    status, headers, _ = machine.get(path)
    assert (status, headers["content-type"]) == (200, 'text/css; charset="utf-8"')
    assert headers.keys() >= HEADERS.keys()


@pytest.fixture(scope="module")
def maria(machine):
    """The cookies of somebody who is logged in."""
    made = machine.manage(
        "shell", "--verbosity", "0", "-c",
        "from django.conf import settings; from django.test import Client; from marketplace.testing import create_user;"
        "client = Client(headers={'host': 'swept.example'}); client.force_login(create_user('maria'));"
        "print('cookie', settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)",
    )  # fmt: skip
    name, value = re.search(r"cookie (\S+) (\S+)", made).groups()
    _, headers, body = machine.get("/accounts/profile/", f"{name}={value}")
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', body)[1].decode()
    return f"{name}={value}; {headers['set-cookie'].split(';')[0]}", token


def send(machine, maria, path, data):
    """Post the profile with that photo, as a browser does."""
    cookies, token = maria
    fields = f'--edge\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
    file = (
        '--edge\r\nContent-Disposition: form-data; name="photo"; filename="me.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    body = fields.encode() + file.encode() + data + b"\r\n--edge--\r\n"
    lines = [
        f"POST {path} HTTP/1.1", "Host: swept.example", "Origin: https://swept.example", f"Cookie: {cookies}",
        "Content-Type: multipart/form-data; boundary=edge", f"Content-Length: {len(body)}", "Connection: close", "", "",
    ]  # fmt: skip
    return machine.ask("\r\n".join(lines).encode() + body)


def test_a_photo_that_was_uploaded_is_shown(machine, maria):
    assert send(machine, maria, "/accounts/profile/", saved(corners(), "JPEG"))[0] == 302
    page = machine.get("/accounts/profile/", maria[0])[2].decode()
    photo = re.search(r'src="(/media/photos/[^"]+\.webp)"', page)[1]
    status, headers, body = machine.get(photo)
    assert (status, headers["content-type"], body[8:12]) == (200, "image/webp", b"WEBP")
    assert has_all(headers)
    assert headers["cache-control"] == "public, max-age=2592000, immutable"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /%2e%2e/ HTTP/1.1\r\nHost: swept.example\r\n\r\n", 400),
        (b"GET /../ HTTP/1.1\r\nHost: swept.example\r\n\r\n", 400),
        (b"GET /a/..%2f..%2f HTTP/1.1\r\nHost: swept.example\r\n\r\n", 400),
        (b"GET /%00 HTTP/1.1\r\nHost: swept.example\r\n\r\n", 400),
        (b"GET /%zz HTTP/1.1\r\nHost: swept.example\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"get / HTTP/1.1\r\nHost: swept.example\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: swept.example\r\nHost: swept.example\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: swept.example\r\nA: \0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: swept.example\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: swept.example\r\nA: " + b"a" * 5_000 + b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: swept.example\r\n" + b"A: b\r\n" * 4_000 + b"\r\n", 400),
        (b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: swept.example\r\n\r\n", 414),
        (b"GET /?q=" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: swept.example\r\n\r\n", 414),
        (b"TRACE / HTTP/1.1\r\nHost: swept.example\r\n\r\n", 405),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: swept.example\r\nTransfer-Encoding: what\r\n\r\n", 501),
        (b"GET / HTTP/9.9\r\nHost: swept.example\r\n\r\n", 505),
        (b"GET /media/ HTTP/1.1\r\nHost: swept.example\r\n\r\n", 403),
        (b"GET /media/photos/none.webp HTTP/1.1\r\nHost: swept.example\r\n\r\n", 404),
        (b"GET /errors/away.html HTTP/1.1\r\nHost: swept.example\r\n\r\n", 404),
    ],
)
@pytest.mark.parametrize("plain", [False, True], ids=["tls", "plain"])
def test_what_nginx_answers_itself_is_a_page_with_every_header(machine, request_bytes, status, plain):
    found, headers, body = machine.ask(request_bytes, plain)
    assert found == status
    assert has_all(headers)
    assert (headers["cache-control"], headers["content-type"]) == ("no-store", "text/html; charset=utf-8")
    assert b'<meta charset="utf-8">' in body
    assert b"nginx" not in body + headers["server"].encode().removeprefix(b"nginx")


def test_plain_http_on_the_port_of_tls_is_a_page_too(machine):
    with socket.create_connection(("127.0.0.1", machine.https), timeout=30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: swept.example\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65_536), b"")).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert [name for name in HEADERS if f"\r\n{name}: " not in answer.lower()] == []


@pytest.mark.parametrize(("path", "size", "status"), [
    ("/accounts/profile/", 21_000_000, 200),
    ("/accounts/profile/", 25 * 1024 * 1024, 413),
    ("/accounts/login/", 900_000, 302),
    ("/accounts/login/", 1024 * 1024, 413),
    ("/cleanings/new/", 1024 * 1024, 413),
])  # fmt: skip
def test_a_large_body_is_taken_where_photos_are_alone(machine, maria, path, size, status):
    found, headers, body = send(machine, maria, path, b"\xff\xd8\xff".ljust(size))
    assert found == status
    assert (status != 413) or (has_all(headers) and b"under 20 MB" in body)


def test_a_page_that_a_dying_worker_held_is_asked_of_another(machine):
    log, gunicorn = machine.scratch / "gunicorn.log", machine.processes["gunicorn"]
    with asking(lambda: machine.get("/help/")[0]) as found:
        wait_for(lambda: found[200] > 40, gunicorn, log)
        served, worker = found[200], min(workers_of(gunicorn))
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: found[200] > served + 80, gunicorn, log)
    # What the worker had begun to send cannot be asked again: a page for each of its four threads at most.
    assert found.keys() <= {200, IncompleteRead}
    assert found[IncompleteRead] <= 4


def test_what_happens_by_itself_runs_as_its_unit_says(machine):
    assert machine.run(machine.unit("swept-due.service"))
    assert "Nothing is broken" in machine.run(machine.unit("swept-check.service"))


def test_the_role_of_compose_is_no_superuser_and_owns_its_database_alone(machine):
    # README made a role of this name on the machine.
    text = (machine.site / "deploy/database.sql").read_text().replace("swept", "contained")
    postgres = {"PATH": os.environ["PATH"], "PGHOST": str(machine.scratch / "run/postgresql"), "PGUSER": "postgres"}
    asked = (
        "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolpassword IS NULL, datname FROM pg_authid"
        " LEFT JOIN pg_database ON datdba = pg_authid.oid AND NOT datistemplate"
        " WHERE rolname IN ('contained', 'postgres') ORDER BY 1;"
    )
    done = subprocess.run(
        ["psql", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--quiet", "--csv", "--tuples-only"],
        env=postgres | {"POSTGRES_PASSWORD": "hush"}, input=text + asked, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["contained,f,f,f,f,contained", "postgres,t,t,t,t,postgres"], done.stderr


class Names:
    """A DNS server that knows one address for every name, until it is given another."""

    def __init__(self, address):
        self.address = address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, client = self.socket.recvfrom(512)
            answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(self.address)
            self.socket.sendto(query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:] + answer, client)


class Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.server_address[0].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def test_the_proxy_of_compose_finds_a_container_that_replaced_another(machine, tmp_path):
    names, http_port, https_port, web_port = Names("127.0.0.2"), free_port(), free_port(), free_port()
    ours = (machine.site / "deploy/gunicorn-compose.conf").read_text()
    (tmp_path / "gunicorn.conf").write_text(
        ours.replace("127.0.0.11", f"127.0.0.1:{names.port}").replace("web:8000", f"web:{web_port}")
    )
    site = (
        (machine.site / "deploy/nginx.conf")
        .read_text()
        .replace(f"{machine.site}/deploy/gunicorn.conf", "gunicorn.conf")
    )
    site = site.replace(f":{machine.http} ", f":{http_port} ").replace(f":{machine.https} ", f":{https_port} ")
    (tmp_path / "site.conf").write_text(site)
    folders = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy"))
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid; events {{}} http {{ {folders} include site.conf; }}")
    webs = [http.server.ThreadingHTTPServer((address, web_port), Web) for address in ("127.0.0.2", "127.0.0.3")]
    for web in webs:
        threading.Thread(target=web.serve_forever, daemon=True).start()
    command = [machine.nginx, "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;"]
    log = tmp_path / "log"
    with running(command, lambda: machine.serves(http_port), log) as nginx:
        assert get(http_port, "/") == (200, b"127.0.0.2")
        webs[0].shutdown()
        webs[0].server_close()
        names.address = "127.0.0.3"
        wait_for(lambda: get(http_port, "/") == (200, b"127.0.0.3"), nginx, log)
    webs[1].shutdown()
    webs[1].server_close()
