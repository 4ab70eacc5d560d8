"""Photos of a job, from the first upload to the pair's own of before: with the site's script and without."""

import pytest
from playwright.sync_api import Page, expect

from cleanings.models import Photo
from marketplace.testing import create_cast, create_cleaning, create_offer, picture
from marketplace.tests.browsing import follow, press, with_and_without_script

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.usefixtures("private")]


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    chosen = [{"name": name, "mimeType": "image/jpeg", "buffer": data} for name, data in files]
    page.get_by_label("Photos", exact=True).set_input_files(chosen)


def drawn(page: Page) -> list[bool]:
    """Whether each photo in the page has come."""
    return page.locator(".job-photo img").evaluate_all(
        "(all) => Promise.all(all.map((photo) => { photo.loading = 'eager'; return photo.decode().then(() => true) }))"
    )


@with_and_without_script
def test_owner_shows_the_job_and_cleaner_how_it_was_before(visit, script):
    create_cast()
    cleaning = create_cleaning()
    path = cleaning.get_absolute_url()
    owner, cleaner, stranger = (visit(name, java_script_enabled=script) for name in ("olivia", "carl", ""))
    owner.goto(path)
    follow(owner, "Add photos")
    choose(owner, ("page.jpg", b"<!doctype html>"), ("kitchen.jpg", picture()))
    owner.get_by_label("What it shows").fill("The kitchen")
    press(owner, "Add photos")
    expect(owner.get_by_role("alert")).to_contain_text("page.jpg: Choose a JPG, PNG, WebP or AVIF.")
    choose(owner, ("kitchen.jpg", picture((800, 600))), ("hall.jpg", picture((600, 800))))
    press(owner, "Add photos")
    expect(owner.get_by_role("status")).to_contain_text("Your 2 photos are added.")
    owner.get_by_role("link", name="Change photo 2").click()
    owner.get_by_label("What it shows").fill("The hall")
    owner.get_by_label("Place in the order").select_option("1")
    owner.get_by_label("Everyone").check()
    press(owner, "Save photo")
    expect(owner.get_by_role("status")).to_contain_text("Your photo is saved.")
    assert drawn(owner) == [True, True]
    cleaner.goto(path)
    expect(cleaner.get_by_role("img", name="The hall")).to_be_visible()
    expect(cleaner.get_by_role("img", name="The kitchen")).to_be_visible()
    stranger.goto(path)
    assert drawn(stranger) == [True]
    stranger.goto("/cleanings/")
    expect(stranger.locator(".job .tile[src*='/photos/']")).to_have_count(1)
    owner.get_by_role("link", name="Remove photo 1").click()
    press(owner, "Remove photo")
    expect(owner.get_by_role("status")).to_contain_text("Your photo is removed.")
    create_offer(cleaning=cleaning, status="accepted")
    cleaner.goto(path)
    follow(cleaner, "Add photos")
    choose(cleaner, ("before.jpg", picture()))
    cleaner.get_by_label("What it shows").fill("The oven")
    cleaner.get_by_label("Before cleaning").check()
    press(cleaner, "Add photos")
    expect(cleaner.get_by_role("status")).to_contain_text("Your photo is added.")
    owner.goto(path)
    expect(owner.get_by_role("heading", name="Before cleaning")).to_be_visible()
    assert drawn(owner) == [True, True]
    stranger.goto(path)
    expect(stranger.get_by_role("heading", name="Photos")).to_have_count(0)
    assert list(Photo.objects.in_order().values_list("shows", flat=True)) == ["The kitchen", "The oven"]
