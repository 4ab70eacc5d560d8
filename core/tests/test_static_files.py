import re

from django.conf import settings

from core.static_files import StaticFilesStorage


def test_an_address_is_that_of_the_manifest_and_looked_up_once(tmp_path):
    storage = StaticFilesStorage(location=tmp_path, base_url="/static/")
    storage.hashed_files = {"site.css": "site.1.css", "site.js": "site.2.js"}
    assert (storage.url("site.css"), storage.url("site.js")) == ("/static/site.1.css", "/static/site.2.js")
    storage.hashed_files = {}
    assert storage.url("site.css") == "/static/site.1.css"


# What keeps something in the browser, changes a prototype, or writes properties that are named at run time.
TOUCHY = re.compile(r"\w+Storage|indexedDB|caches|cookie\w*|__proto__|prototype|setPrototypeOf|assign|defineProperty")


def test_scripts_store_nothing_in_the_browser_and_touch_no_prototype():
    scripts = {path.name: path.read_text() for path in (settings.BASE_DIR / "static").glob("*.js")}
    found = {name: TOUCHY.findall(script) for name, script in scripts.items()}
    # Of constants.
    assert found.pop("passkeys.js") == ["assign"]
    assert found == {"site.js": [], "staff.js": []}


def test_what_scripts_must_not_touch_is_noticed():
    written = "localStorage.x = 1; document.cookie; cookieStore; a.__proto__ = b; Object.assign(a, b)"
    assert TOUCHY.findall(written) == ["localStorage", "cookie", "cookieStore", "__proto__", "assign"]
