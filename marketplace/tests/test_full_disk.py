"""SQLite on a full disk, which is a small one of its own."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow

MOUNT = 'mount -t tmpfs -o size=8m swept "$1" && exec "$2" -W ignore -m marketplace.tests.full_disk "$1"'
SETTINGS = {"DJANGO_SETTINGS_MODULE": "marketplace.settings_test", "LOG_LEVEL": "CRITICAL"}


def test_members_go_on_reading_and_all_is_well_when_there_is_room_again(tmp_path):
    # A name space in which this folder alone is another disk; whoever is not root becomes it in there.
    space = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    environ = os.environ | SETTINGS | {"DATABASE_URL": f"sqlite:///{tmp_path}/swept.sqlite3"}
    result = subprocess.run(
        [*space, "sh", "-c", MOUNT, "sh", str(tmp_path), sys.executable],
        cwd=settings.BASE_DIR,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert {found.pop(name) for name in list(found) if name.startswith("/")} == {200}
    assert found == {
        "reject": 503,
        "health": "disk full",
        "later": 302,
        "recovered": "ok",
        "integrity": "ok",
    }
