"""Text that was stored before it had one form comes into it."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from cleanings.states import OfferStatus
from core import batches
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user

pytestmark = pytest.mark.django_db

MIGRATIONS = {
    "accounts": "0008_clean_text_there_is",
    "cleanings": "0015_clean_text_there_is",
    "offers": "0002_clean_text_there_is",
    "evaluations": "0002_clean_text_there_is",
}
PROSE, LINE = "one\r\ntwo\rCafe\u0301 \u202e", " Gh\u00adent\u2028 East\u200b"
CODE = " 90\r\n"


@pytest.fixture(scope="module")
def old():
    """The models as the migrations have them, with fields that clean nothing."""
    return MigrationLoader(None).project_state().apps


@pytest.fixture
def run(old):
    def run():
        for app, name in MIGRATIONS.items():
            import_module(f"{app}.migrations.{name}").clean_text_there_is(old, SimpleNamespace(connection=connection))

    return run


TEXTS = {
    "accounts.Profile": {"full_name": LINE, "bio": PROSE, "city": LINE},
    "cleanings.Cleaning": {
        "name": LINE,
        "description": PROSE,
        "city": LINE,
        "street_address": LINE,
        "postcode": " 90\r\n",
    },
    "cleanings.Event": {"note": PROSE},
    "offers.Offer": {"message": PROSE},
    "evaluations.Evaluation": {"headline": LINE, "comment": PROSE},
}


def stored(old, label):
    return list(old.get_model(label).objects.order_by("pk").values(*TEXTS[label]))


@pytest.mark.parametrize("batch", [1, 1000])
def test_text_there_is_comes_into_its_form(old, run, monkeypatch, batch):
    monkeypatch.setattr(batches, "BATCH", batch)
    for name in ("Attic", "Cellar"):
        job = create_offer(cleaning=create_cleaning(name=name), status=OfferStatus.COMPLETED)
        Evaluation.write(job, by=create_user("olivia"), overall_rating=5)
    for label, texts in TEXTS.items():
        old.get_model(label).objects.update(**texts)
    run()
    clean = {PROSE: "one\ntwo\nCafé", LINE: "Ghent East", CODE: "90"}
    for label, texts in TEXTS.items():
        assert stored(old, label) == [{name: clean[text] for name, text in texts.items()}] * len(stored(old, label))
        assert len(stored(old, label)) >= 2


def test_a_fact_that_showed_nothing_shows_that(old, run):
    cleaning = create_cleaning(description="")
    nothing = dict.fromkeys(["name", "city", "postcode", "street_address", "description"], "\u200b")
    old.get_model("cleanings.Cleaning").objects.update(**nothing)
    run()
    cleaning.refresh_from_db()
    assert (cleaning.name, cleaning.description) == ("Cleaning job", "")
    assert {cleaning.city, cleaning.postcode, cleaning.street_address} == {"Not given"}


def test_text_in_its_form_is_not_written_and_what_grows_too_long_stays(old, run, django_assert_num_queries):
    olivia = create_cast()[0]
    old.get_model("accounts.Profile").objects.filter(user=olivia.pk).update(full_name="\u0958" * 80, bio="a\nb")
    before = stored(old, "accounts.Profile")
    with django_assert_num_queries(8):
        run()
    assert stored(old, "accounts.Profile") == before


def test_what_is_written_meanwhile_stays(old):
    create_cleaning()
    cleanings = old.get_model("cleanings.Cleaning").objects
    cleanings.update(name="A\u200b")

    def clean_while_somebody_edits(text):
        cleanings.update(name="B")
        return text.replace("\u200b", "")

    batches.clean_rows(cleanings.all(), {"name": clean_while_somebody_edits})
    assert cleanings.get().name == "B"
