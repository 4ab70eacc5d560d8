"""README's way into production, walked in a folder of its own: its very lines, and these alone stand for others.

- Folders of the system, such as `/srv/swept` and `/etc/nginx`: the same below a new folder, so that a test leaves the
  machine as it is. Ports 80, 443 and 8000: free ones.
- `sudo`: the script below. The user `swept` is `nobody`, who has as little to say; `postgres` is a role of a cluster
  that `script/postgresql.sh` starts.
- `apt-get`, `useradd`: nothing, as they change the machine.
- `pip install`: the packages that run this test, which come from the same lock. No test asks a registry.
- `editor`, and the questions of `createsuperuser`: answers, which a person would type.
- `systemctl`: a note of what was asked. Containers have no systemd; what the units start is started here.
"""

import getpass
import grp
import os
import pwd
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import quote

from marketplace.tests.processes import HERE, copy_code, free_port, running

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
PACKAGES = sysconfig.get_path("purelib")
FOLDERS = ("/srv/swept", "/etc/nginx", "/etc/systemd", "/var/log/nginx", "/run/nginx")
LISTENS = re.compile(r"(?<=listen )(80|443)\b")

SUDO = r"""#!/usr/bin/env bash
set -eu
user=root
if [ "$1" = -u ]; then user=$2; shift 2; fi
as_user() { if [ "$user $(id -un)" = "swept root" ]; then runuser -u "$SITE_USER" -- "$@"; else "$@"; fi; }
case "$*" in
apt-get\ * | useradd\ *) ;;
systemctl\ *) echo "${@:2}" >>"$SCRATCH/systemctl" ;;
*"-m pip install --require-hashes --requirement requirements.txt") echo "$PACKAGES" >"$SITE_PACKAGES/these.pth" ;;
python3\ *) "$PYTHON" "${@:2}" ;;
install\ *) args=("${@/owner=swept/owner=$SITE_USER}") && "${args[@]/group=swept/group=$SITE_GROUP}" ;;
"editor .env") cat "$SCRATCH/typed" >>.env ;;
*\ createsuperuser) as_user env DJANGO_SUPERUSER_USERNAME=ada DJANGO_SUPERUSER_EMAIL=ada@example.org \
    DJANGO_SUPERUSER_PASSWORD=a-broom-of-straw "$@" --noinput ;;
nginx\ *) "$NGINX" -c "$SCRATCH/etc/nginx/nginx.conf" "${@:2}" ;;
*) as_user "$@" ;;
esac
"""
POSTGRESQL = """
cd "$1"; scratch=$2; . script/postgresql.sh; find_programs
if [ "$3" = stop ]; then stop_postgresql; else start_postgresql || { cat "$scratch/log"; exit 1; }; fi
"""


def user_and_python() -> tuple[str, str]:
    """Who runs the site, and by which Python: nobody, where root asks and nobody can reach one like this."""
    needed = f"import ensurepip, sys; sys.path.append({PACKAGES!r}); import django"
    pythons = [getattr(sys, "_base_executable", sys.executable), f"/usr/bin/{VERSION}"]
    for python in pythons if os.geteuid() == 0 else []:
        tried = ["runuser", "-u", "nobody", "--", python, "-c", needed]
        if subprocess.run(tried, capture_output=True).returncode == 0:
            return "nobody", python
    return getpass.getuser(), pythons[0]


class Machine:
    """A folder with the system's folders in it that README names, and the programs that were started there."""

    def __init__(self, scratch: Path, nginx: str) -> None:
        self.scratch, self.nginx = scratch, nginx
        self.site = scratch / "srv/swept"
        self.user, self.python = user_and_python()
        self.group = grp.getgrgid(pwd.getpwnam(self.user).pw_gid).gr_name
        self.http, self.https, self.gunicorn = free_port(), free_port(), free_port()
        self.readme = (HERE / "README.md").read_text().split("\n## In production\n")[1].split("\n## ")[0]
        self.processes: dict[str, subprocess.Popen] = {}

    def moved(self, text: str) -> str:
        """The text with the folders and ports of this machine."""
        text = re.sub(rf"(?<![\w.])(?={'|'.join(FOLDERS)})", str(self.scratch), text)
        text = LISTENS.sub(lambda found: f"127.0.0.1:{self.http if found[0] == '80' else self.https}", text)
        text = text.replace("%2Frun%2Fpostgresql", quote(f"{self.scratch}/run/postgresql", safe=""))
        return text.replace("127.0.0.1:8000", f"127.0.0.1:{self.gunicorn}")

    def prepare(self) -> None:
        """What stands on the machine before README's first line."""
        folders = ("etc/nginx/conf.d", "etc/nginx/sites-enabled", "etc/systemd/system", "bin")
        for folder in (*folders, "var/log/nginx", "run/postgresql"):
            (self.scratch / folder).mkdir(parents=True)
        copy_code(self.site)
        for file in (self.site / "deploy").glob("*.*"):
            file.write_text(self.moved(file.read_text()))
        for file in (Path("/etc/nginx/nginx.conf"), Path("/etc/nginx/mime.types")):
            text = self.moved(file.read_text())
            # Debian's own folders for these belong to root.
            for kind in ("client_body", "proxy"):
                text = text.replace("http {", f"http {{ {kind}_temp_path {self.scratch}/run/{kind};", 1)
            (self.scratch / "etc/nginx" / file.name).write_text(text)
        (self.scratch / "etc/nginx/sites-enabled/default").write_text("Debian's own page\n")
        database = re.search(r"`(DATABASE_URL=.+?)`", self.readme)
        typed = [
            f"SECRET_KEY={'k7Jq-' * 12}", "ALLOWED_HOSTS=swept.example", "SITE_URL=https://swept.example",
            "EMAIL_URL=smtp://localhost:25", self.moved(database[1]), f"PORT={self.gunicorn}", "WEB_CONCURRENCY=2",
        ]  # fmt: skip
        (self.scratch / "typed").write_text("\n".join(typed) + "\n")
        (self.scratch / "bin/sudo").write_text(SUDO)
        (self.scratch / "bin/sudo").chmod(0o755)

    def postgresql(self, what: str) -> None:
        """Start the cluster, or stop it."""
        command = ["sh", "-c", POSTGRESQL, "sh", str(HERE), str(self.scratch / "run/postgresql"), what]
        with (self.scratch / "postgresql.log").open("w+") as log:
            done = subprocess.run(command, stdout=log, stderr=log)
            assert done.returncode == 0, (self.scratch / "postgresql.log").read_text()

    def walk(self) -> None:
        """Run README's lines, until one fails."""
        lines = "".join(re.findall(r"^```sh\n(.*?)^```", self.readme, re.MULTILINE | re.DOTALL))
        programs = [str(self.scratch / "bin"), *map(str, Path("/usr/lib/postgresql").glob("*/bin")), os.environ["PATH"]]
        environ = {
            "PATH": ":".join(programs), "SCRATCH": str(self.scratch), "NGINX": self.nginx, "PYTHON": self.python,
            "SITE_USER": self.user, "SITE_GROUP": self.group,
            "PACKAGES": PACKAGES, "SITE_PACKAGES": str(self.site / ".venv/lib" / VERSION / "site-packages"),
            "PGHOST": str(self.scratch / "run/postgresql"), "PGUSER": "postgres",
        }  # fmt: skip
        script = f"set -eu\numask 022\n{self.moved(lines)}"
        done = subprocess.run(["bash", "-c", script], env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def as_site(self) -> dict:
        """Options of subprocess for what runs as the site: its folder, its user, and nothing but its .env."""
        user = {"user": self.user, "group": self.group, "extra_groups": []} if os.geteuid() == 0 else {}
        return {"cwd": self.site, "env": {"PATH": os.environ["PATH"]}} | user

    def unit(self, name: str) -> list[str]:
        """How the unit that README copied starts its program."""
        unit = (self.scratch / "etc/systemd/system" / name).read_text()
        assert f"User=swept\nWorkingDirectory={self.site}\n" in unit
        return shlex.split(re.search(r"^ExecStart=(.+)$", unit, re.MULTILINE)[1])

    def run(self, command: list[str]) -> str:
        """What a command of the site says."""
        done = subprocess.run(command, capture_output=True, text=True, **self.as_site)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def manage(self, *arguments: str) -> str:
        return self.run([str(self.site / ".venv/bin/python"), "manage.py", *arguments])

    def ask(self, request: bytes, plain: bool = False) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of what nginx answers to these very bytes, over TLS unless plain."""
        # The certificate is README's own.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.scratch / "etc/nginx/certs/site.crt")
        with socket.create_connection(("127.0.0.1", self.http if plain else self.https), timeout=30) as client:
            if not plain:
                client = context.wrap_socket(client, server_hostname="swept.example")
            with client:
                client.sendall(request)
                answer = HTTPResponse(client)
                answer.begin()
                return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def get(self, path: str, cookie: str = "", plain: bool = False) -> tuple[int, dict[str, str], bytes]:
        lines = [f"GET {path} HTTP/1.1", "Host: swept.example", f"Cookie: {cookie}", "Connection: close", "", ""]
        return self.ask("\r\n".join(lines).encode(), plain)

    def serves(self, port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def walked(nginx: str) -> Iterator[Machine]:
    """A machine on which README's lines were run, with gunicorn and nginx serving."""
    with ExitStack() as stack:
        # Sockets need a short name, and the users of the site, nginx and PostgreSQL have to come by.
        scratch = Path(tempfile.mkdtemp(prefix="swept-", dir="/tmp"))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        scratch.chmod(0o755)
        machine = Machine(scratch, nginx)
        machine.prepare()
        stack.callback(machine.postgresql, "stop")
        machine.postgresql("start")
        machine.walk()
        nginx_command = [nginx, "-c", f"{scratch}/etc/nginx/nginx.conf", "-g", "daemon off;"]
        for name, command, port, options in (
            ("gunicorn", machine.unit("swept.service"), machine.gunicorn, machine.as_site),
            ("nginx", nginx_command, machine.https, {}),
        ):
            started = running(command, lambda port=port: machine.serves(port), scratch / f"{name}.log", **options)
            machine.processes[name] = stack.enter_context(started)
        yield machine
