"""Jobs that a member saves."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.models import User
from cleanings.bookmarks import MOST_BOOKMARKS, TOO_MANY, Bookmark
from cleanings.models import Cleaning
from marketplace.testing import create_cleaning, create_offer, create_user, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def carl(client):
    carl = create_user("carl")
    client.force_login(carl)
    return carl


def saved_by(person):
    return list(person.bookmarks.order_by("pk").values_list("cleaning", "name"))


@pytest.mark.parametrize("times", [1, 2])
def test_a_job_is_saved_and_removed_once_however_often_it_is_asked(client, carl, times):
    job = create_cleaning(name="Attic")
    for _ in range(times):
        assert client.post(f"/cleanings/{job.pk}/save/").status_code == 302
    assert saved_by(carl) == [(job.pk, "Attic")]
    for _ in range(times):
        assert client.post(f"/cleanings/{job.pk}/unsave/").status_code == 302
    assert saved_by(carl) == []


def test_one_comes_back_to_the_job_in_the_list(client, carl):
    job = create_cleaning()
    for path in ("/cleanings/?city=Ghent&after=", "/", f"/cleanings/{job.pk}/"):
        answer = client.post(f"/cleanings/{job.pk}/save/", HTTP_REFERER=f"http://testserver{path}")
        assert answer.url == f"{path}#job-{job.pk}"


@pytest.mark.parametrize(
    "referer", ["https://evil.example/", "//evil.example", "http://testserver//evil.example", "http://[", "x"]
)
def test_no_referer_leads_off_the_site(client, carl, referer):
    job = create_cleaning()
    for verb in ("save", "unsave"):
        answer = client.post(f"/cleanings/{job.pk}/{verb}/", HTTP_REFERER=referer)
        assert answer.url == "/bookmarks/"


def test_the_201st_is_refused_with_a_sentence(client, carl):
    jobs = Cleaning.objects.bulk_create(
        Cleaning(
            owner=create_user("olivia"), name="Flat", cleaning_type="dust_up", hourly_rate=20, estimated_hours=2,
            city="Ghent", city_key="ghent", postcode="9000", street_address="1",
        )
        for _ in range(MOST_BOOKMARKS + 1)
    )  # fmt: skip
    Bookmark.objects.bulk_create(Bookmark(person=carl, cleaning=job, name=job.name) for job in jobs[:-1])
    answer = client.post(f"/cleanings/{jobs[-1].pk}/save/")
    assert (answer.status_code, TOO_MANY in text_of(answer), carl.bookmarks.count()) == (409, True, MOST_BOOKMARKS)
    assert client.post(f"/cleanings/{jobs[0].pk}/save/").status_code == 302
    client.post(f"/cleanings/{jobs[0].pk}/unsave/")
    assert client.post(f"/cleanings/{jobs[-1].pk}/save/").status_code == 302


def test_ones_own_job_cannot_be_saved(client):
    olivia, job = create_user("olivia"), create_cleaning()
    client.force_login(olivia)
    assert client.post(f"/cleanings/{job.pk}/save/").status_code == 403
    assert f"/cleanings/{job.pk}/save/" not in client.get("/cleanings/").content.decode()
    assert not olivia.bookmarks.exists()


@pytest.mark.parametrize("verb", ["save", "unsave"])
def test_what_one_may_not_see_looks_like_what_there_is_not(client, carl, verb):
    job = create_cleaning()
    job.close(by=job.owner)
    for pk in (job.pk, 987654321):
        assert client.post(f"/cleanings/{pk}/{verb}/").status_code == 404
    assert client.get(f"/cleanings/{create_cleaning().pk}/{verb}/").status_code == 405


def close(job):
    job.close(by=job.owner)


def reserve(job):
    Cleaning.objects.filter(pk=job.pk).update(reserved_for=create_user("cora"), reserved_until="2100-01-01T00:00Z")


@pytest.mark.parametrize(
    ("end", "sentence"), [(close, "The owner closed this job."), (reserve, "This job is not open any more.")]
)
def test_a_job_that_one_cannot_see_any_more_stays_with_its_name_and_without_a_link(client, carl, end, sentence):
    job = create_cleaning(name="Attic")
    Bookmark.add(job, by=carl)
    assert f'href="/cleanings/{job.pk}/"' in client.get("/bookmarks/").content.decode()
    Cleaning.objects.filter(pk=job.pk).update(name="Cellar", folded_name="cellar")
    job.refresh_from_db()
    end(job)
    page = client.get("/bookmarks/")
    assert [word in text_of(page) for word in ("Attic", sentence, "Cellar", "Ghent")] == [True, True, False, False]
    assert f'href="/cleanings/{job.pk}/"' not in page.content.decode()
    client.post(f"/cleanings/{job.pk}/unsave/")
    assert saved_by(carl) == []


def test_a_job_that_is_assigned_says_so_and_a_deleted_one_goes(client, carl):
    assigned, deleted = create_cleaning(name="Attic"), create_cleaning(name="Cellar")
    for job in (assigned, deleted):
        Bookmark.add(job, by=carl)
    create_offer(cleaning=assigned, cleaner=create_user("cora"), status="accepted")
    assert "Cellar" in text_of(client.get("/bookmarks/"))
    deleted.delete(by=deleted.owner)
    page = text_of(client.get("/bookmarks/"))
    assert ("Taken" in page, "Cellar" in page) == (True, False)


def test_button_and_mark_follow_what_is_saved(client, carl):
    job = create_cleaning()
    pages = ("/cleanings/", f"/cleanings/{job.pk}/", "/")
    for verb, other in (("save", "unsave"), ("unsave", "save")):
        for path in pages:
            page = client.get(path).content.decode()
            found = [f"/cleanings/{job.pk}/{each}/" in page for each in (verb, other)]
            assert found == [True, False], path
        client.post(f"/cleanings/{job.pk}/{verb}/")


def test_nobody_elses_marks_are_on_a_page_that_visitors_share(client, carl):
    job = create_cleaning()
    Bookmark.add(job, by=carl)
    page = client.get("/cleanings/").content.decode()
    assert "unsave" in page
    for path in ("/cleanings/", "/", f"/cleanings/{job.pk}/"):
        shared = Client().get(path).content.decode()
        assert "save/" not in shared
    other = Client()
    other.force_login(create_user("cora"))
    assert "unsave" not in other.get("/cleanings/").content.decode()


def test_the_verb_saves_no_job_that_its_person_cannot_see(carl):
    job = create_cleaning()
    reserve(job)
    assert Bookmark.add(job, by=create_user("cora")).pk
    with pytest.raises(PermissionDenied, match="that they see"):
        Bookmark.add(job, by=carl)
    assert saved_by(carl) == []


def test_the_bookmarks_of_others_are_not_ones_own(client, carl):
    job = create_cleaning(name="Attic")
    Bookmark.add(job, by=create_user("cora"))
    assert "Attic" not in text_of(client.get("/bookmarks/"))
    client.post(f"/cleanings/{job.pk}/unsave/")
    assert saved_by(create_user("cora")) == [(job.pk, "Attic")]


def test_a_closed_account_keeps_no_bookmark_and_saves_none(carl):
    job = create_cleaning()
    Bookmark.add(job, by=carl)
    carl.close(by=carl)
    assert not Bookmark.objects.exists()
    with pytest.raises(PermissionDenied, match="Members save"):
        Bookmark.add(job, by=User.objects.get(pk=carl.pk))
