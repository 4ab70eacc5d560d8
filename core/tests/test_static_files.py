from core.static_files import StaticFilesStorage


def test_an_address_is_that_of_the_manifest_and_looked_up_once(tmp_path):
    storage = StaticFilesStorage(location=tmp_path, base_url="/static/")
    storage.hashed_files = {"site.css": "site.1.css", "site.js": "site.2.js"}
    assert (storage.url("site.css"), storage.url("site.js")) == ("/static/site.1.css", "/static/site.2.js")
    storage.hashed_files = {}
    assert storage.url("site.css") == "/static/site.1.css"
