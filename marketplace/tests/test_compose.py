"""compose.yaml and the image, as far as they can be read without an engine."""

import re
from pathlib import Path

import pytest
import yaml

from marketplace.settings import INSTALLED_APPS
from marketplace.tests.processes import HERE
from marketplace.tests.test_layers import imported

COMPOSE = yaml.safe_load((HERE / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
IGNORE = (HERE / ".dockerignore").read_text().splitlines()
ALLOWED = [line[1:] for line in IGNORE if line.startswith("!")]


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_has_more_than_it_needs_and_its_log_ends(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    # What it may write besides its volumes is gone with it.
    assert service["tmpfs"]


def test_every_volume_is_declared_and_every_file_of_ours_is_there():
    mounts = [mount.split(":") for service in SERVICES.values() for mount in service.get("volumes", [])]
    ours = {source for source, *_ in mounts if source.startswith("./")}
    assert {source for source, *_ in mounts} - ours == COMPOSE["volumes"].keys()
    # The certificate comes from whoever runs it.
    assert [source for source in ours - {"./deploy/certs"} if not (HERE / source).exists()] == []


def test_who_waits_for_whom_and_who_tries_again():
    assert SERVICES["db"]["healthcheck"]["test"] == "pg_isready -h 127.0.0.1 -U swept -d swept"
    assert SERVICES["migrate"]["restart"] == "on-failure:5"
    assert SERVICES["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    after_migrate = {"migrate": {"condition": "service_completed_successfully"}}
    assert [SERVICES[name]["depends_on"] for name in ("web", "worker", "due", "check")] == [after_migrate] * 4
    assert {service["restart"] for name, service in SERVICES.items() if name != "migrate"} == {"unless-stopped"}


def test_the_database_makes_a_role_for_the_site_beside_its_superuser():
    assert SERVICES["db"]["environment"].keys() == {"POSTGRES_PASSWORD"}
    assert "./deploy/database.sql:/docker-entrypoint-initdb.d/database.sql:ro" in SERVICES["db"]["volumes"]


@pytest.mark.parametrize("variable", ["POSTGRES_PASSWORD", "EMAIL_URL"])
@pytest.mark.parametrize("name", ["migrate", "web", "worker", "due", "check"])
def test_nothing_starts_without_what_has_no_default_in_a_container(name, variable):
    assert f"${{{variable}:?" in "".join(map(str, SERVICES[name]["environment"].values()))


def test_the_proxy_looks_the_site_up_again_and_again():
    """A name that is looked up at the start would be the address of a container that is gone."""
    text = (HERE / "deploy/gunicorn-compose.conf").read_text()
    assert re.search(r"^resolver 127\.0\.0\.11 valid=5s", text, re.MULTILINE)
    assert re.search(r"default web:8000;", text)
    assert "upstream" not in text
    assert re.findall(r"proxy_pass (\S+);", (HERE / "deploy/nginx.conf").read_text()) == ["http://$gunicorn"] * 3
    mounted = "./deploy/gunicorn-compose.conf:/srv/swept/deploy/gunicorn.conf:ro"
    assert mounted in SERVICES["proxy"]["volumes"]


def packages_of_ours():
    """Our apps, and every top-level package or file of ours that they and what starts the site import."""
    ours = {path.name.removesuffix(".py") for path in HERE.iterdir() if (path / "__init__.py").exists()}
    found, left = set(), {app for app in INSTALLED_APPS if app in ours}
    while left:
        package = left.pop()
        found.add(package)
        for path in (HERE / package).rglob("*.py"):
            if "tests" not in path.relative_to(HERE).parts and path.name != "testing.py":
                left |= {name.split(".")[0] for name in imported(path.read_text())} & ours - found
    return found


def test_the_image_takes_along_all_that_the_site_is_made_of():
    packages = packages_of_ours()
    assert packages >= {"core", "accounts", "marketplace"}
    assert packages - set(ALLOWED) == set()
    assert [name for name in ALLOWED if not (HERE / name).exists()] == []
    opened = re.findall(r'HERE / "([^"]+)"', (HERE / "gunicorn.conf.py").read_text())
    assert set(opened) - {".env"} <= {path for path in opened if is_let_in(path)}
    assert {"templates", "static", "manage.py", "gunicorn.conf.py", "requirements.txt"} <= set(ALLOWED)


def is_let_in(path):
    return any(Path(path).is_relative_to(name) for name in ALLOWED)


@pytest.mark.parametrize(
    "path", [".env", ".git/config", "db.sqlite3", "media/x", "private/x", "deploy/certs/site.key", "mail/x"]
)
def test_the_image_takes_no_secret_along(path):
    assert not is_let_in(path)
    assert "*" in IGNORE


def test_the_image_takes_nothing_along_that_is_for_tests_and_newcomers():
    assert not any(map(is_let_in, ["demo/loader.py", "bench/fill.py", "script/server", "conftest.py"]))
    # The last line that fits decides.
    assert set(IGNORE[-3:]) == {"**/__pycache__", "**/tests", "marketplace/testing.py"}


def test_the_image_s_own_command_is_the_site_s():
    lines = (HERE / "Dockerfile").read_text()
    assert 'CMD ["gunicorn", "--bind", "0.0.0.0:8000"]' in lines
    assert "\nUSER swept\n" in lines
