"""Photos of a job: who adds and sees them, until when, and when their files go."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.cache import caches
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client, RequestFactory
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.tests.pictures import KEPT, REFUSED, png
from cleanings.models import Cleaning, Photo
from cleanings.photo_views import PhotoFileView
from cleanings.photos import JOB_PHOTOS
from cleanings.states import CancelReason, IllegalMove, ReleaseReason
from core.exceptions import LimitReached
from core.photos import EncodedPhoto, PhotoStorage
from marketplace.testing import create_cast, create_cleaning, create_offer, create_photo, create_user, picture, text_of
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db, pytest.mark.usefixtures("private")]


def encoded(amount=1):
    return [JOB_PHOTOS.clean(ContentFile(picture())) for _ in range(amount)]


def add(cleaning, by, amount=1, kind="job", **facts):
    Photo.add(cleaning, by=by, kind=kind, **{"photos": encoded(amount), "shows": "The kitchen"} | facts)


def chosen(data=None, name="kitchen.jpg"):
    return SimpleUploadedFile(name, picture() if data is None else data, "image/jpeg")


CAST = ("", "stan", "carl", "cora", "olivia", "ada")


def browser(username):
    client = Client()
    if username:
        client.force_login(create_user(username))
    return client


def send(username, cleaning, *files, **facts):
    values = {"photo": list(files), "shows": "The kitchen", "kind": "job", "audience": "members"} | facts
    return browser(username).post(f"/cleanings/{cleaning.pk}/photos/", values)


def agreed(status="accepted"):
    """Carl's offer on Olivia's cleaning."""
    return create_offer(status=status)


class TestUpload:
    def test_owner_adds_several_at_once_which_the_page_of_the_job_shows(self):
        cleaning = create_cleaning()
        assert "Add photos" in text_of(browser("olivia").get(f"/cleanings/{cleaning.pk}/photos/"))
        answer = send("olivia", cleaning, chosen(), chosen(), audience="everybody")
        assert (answer.status_code, answer["Location"]) == (302, f"/cleanings/{cleaning.pk}/photos/")
        assert list(Photo.objects.in_order().values_list("place", "by", "offer", "kind", "shows", "audience")) == [
            (place, cleaning.owner_id, None, "job", "The kitchen", "everybody") for place in (1, 2)
        ]
        page = text_of(Client().get(cleaning.get_absolute_url()))
        assert [photo.small_url in page for photo in Photo.objects.all()] == [True, True]
        assert page.count('alt="The kitchen"') == 2

    def test_cleaner_adds_before_and_after_to_the_agreed_job(self):
        offer = agreed()
        assert send("carl", offer.cleaning, chosen(), kind="before").status_code == 302
        assert send("carl", offer.cleaning, chosen(), kind="after").status_code == 302
        assert list(Photo.objects.in_order().values_list("offer", "by", "kind", "audience")) == [
            (offer.pk, offer.cleaner_id, kind, "members") for kind in ("before", "after")
        ]
        page = text_of(browser("olivia").get(offer.cleaning.get_absolute_url()))
        assert [page.count(heading) for heading in ("Before cleaning, by carl", "After cleaning, by carl")] == [1, 1]

    def test_a_wide_photo_keeps_its_shape_in_both_sizes(self):
        photo = create_photo(photos=[JOB_PHOTOS.clean(ContentFile(picture((2000, 1000))))])
        sizes = [
            Image.open(BytesIO(browser("olivia").get(url).content)).size
            for url in (photo.small_url, photo.get_absolute_url())
        ]
        assert sizes == [(400, 200), (1600, 800)]

    def test_the_same_photo_again_is_no_other_one(self, private):
        cleaning, again = create_cleaning(), picture()
        assert [send("olivia", cleaning, chosen(again), chosen(again)).status_code for _ in range(2)] == [302, 302]
        assert Photo.objects.count() == 1

    @pytest.mark.parametrize("script", ["<script>alert(1)</script>.jpg", "../../x.php", "é\u202egpj.exe"])
    def test_no_name_of_a_person_s_file_is_kept(self, script, private):
        assert send("olivia", create_cleaning(), chosen(name=script)).status_code == 302
        assert {file.suffix for file in private.rglob("*-*")} == {".webp"}

    @pytest.mark.parametrize("name", ["nothing", "half a jpg", "svg", "png that moves", "page called .jpg"])
    def test_what_is_no_photo_is_refused_beside_the_field_and_none_of_the_others_is_kept(self, name, private):
        make, sentence = REFUSED[name]
        page = text_of(send("olivia", create_cleaning(), chosen(), chosen(make(), "two.jpg")))
        assert page.count(sentence) == 2
        assert (Photo.objects.count(), stored(private)) == (0, set())

    def test_a_bomb_is_refused_by_its_header(self):
        page = text_of(send("olivia", create_cleaning(), chosen(png(30_000, 30_000, b""))))
        assert "Choose a PNG under 25 megapixels." in page

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("photo", [], "Choose at least one photo."),
            ("shows", "", "Write what the photo shows."),
            ("shows", "x" * 121, "Shorten “What it shows” to 120 characters; it has 121."),
            ("audience", "", "Choose who sees the photo."),
        ],
    )
    def test_what_is_missing_is_asked_for(self, field, value, sentence):
        page = text_of(send("olivia", create_cleaning(), chosen(), **{field: value}))
        assert sentence in page
        assert ("Choose the photos once more" in page) == (field != "photo")
        assert Photo.objects.count() == 0

    def test_together_under_25_megabytes(self):
        heavy = KEPT["jpg"]().ljust(9_000_000, b"\0")
        page = text_of(send("olivia", create_cleaning(), *(chosen(heavy) for _ in range(3))))
        assert "Choose fewer photos: together under 25 MB." in page

    def test_twenty_uploads_an_hour_are_looked_into(self):
        cleaning = create_cleaning()
        answers = [send("olivia", cleaning, chosen(b"x")).status_code for _ in range(21)]
        assert answers == [200] * 20 + [429]


class TestWho:
    @pytest.mark.parametrize(
        ("username", "status", "kind", "answer"),
        [
            ("", "accepted", "job", 302),
            ("stan", "pending", "job", 403),
            ("carl", "pending", "before", 403),
            ("carl", "rejected", "before", 403),
            ("carl", "cancelled", "before", 409),
            ("olivia", "accepted", "job", 409),
            ("olivia", "completed", "job", 409),
            ("olivia", "pending", "before", 200),
            ("carl", "accepted", "job", 200),
        ],
    )
    def test_nobody_else_adds_any(self, username, status, kind, answer, private):
        cleaning = agreed(status).cleaning
        create_user("stan")
        assert send(username, cleaning, chosen(), kind=kind).status_code == answer
        assert (Photo.objects.count(), stored(private)) == (0, set())

    def test_verbs_refuse_like_pages(self):
        offer = agreed()
        for by, refusal in ((create_user("stan"), PermissionDenied), (offer.cleaning.owner, IllegalMove)):
            with pytest.raises(refusal):
                add(offer.cleaning, by)
        with pytest.raises(ValidationError):
            add(offer.cleaning, offer.cleaner, kind="job")
        with pytest.raises(ValidationError):
            add(offer.cleaning, offer.cleaner, kind="before", audience="everybody")

    def test_nobody_adds_for_a_closed_account_or_to_its_cleaning(self):
        offer = agreed()
        User.objects.filter(pk=offer.cleaning.owner_id).update(is_active=False)
        with pytest.raises(IllegalMove):
            add(offer.cleaning, offer.cleaner, kind="before")
        User.objects.update(is_active=False)
        with pytest.raises(PermissionDenied):
            add(offer.cleaning, offer.cleaner, kind="before")

    def test_only_who_added_a_photo_changes_or_removes_it(self):
        offer = agreed("pending")
        photo = create_photo(cleaning=offer.cleaning, audience="everybody")
        values = {"shows": "The hall", "place": 1, "audience": "members"}
        for username, answer in (("", 302), ("carl", 403), ("stan", 403), ("olivia", 302)):
            assert browser(username).post(f"/photos/{photo.pk}/edit/", values).status_code == answer
            shown = Photo.objects.values_list("shows", "audience").get()
            assert shown == (("The hall", "members") if username == "olivia" else ("The kitchen", "everybody"))
        for username, answer in (("", 302), ("carl", 403), ("olivia", 302)):
            assert Photo.objects.count() == 1
            assert browser(username).post(f"/photos/{photo.pk}/remove/").status_code == answer
        assert Photo.objects.count() == 0

    @pytest.mark.parametrize("username", ["carl", "ada", "olivia"])
    def test_its_verbs_too_are_for_who_added_it_while_the_account_is_open(self, username):
        create_cast()
        photo = create_photo()
        User.objects.filter(username="olivia").update(is_active=False)
        for verb in (photo.remove, lambda by: photo.edit(by=by, shows="The hall", place=1, audience="members")):
            with pytest.raises(PermissionDenied):
                verb(by=create_user(username))
        assert Photo.objects.get().shows == "The kitchen"
        User.objects.filter(username="olivia").update(is_active=True)
        photo.remove(by=create_user("olivia"))

    def test_a_photo_that_was_removed_meanwhile_is_neither_changed_nor_removed(self):
        photo = create_photo()
        photo.remove(by=photo.by)
        stale = Photo(pk=987654321, cleaning=photo.cleaning, by=photo.by, kind="job", place=1)
        for verb in (stale.remove, lambda by: stale.edit(by=by, shows="x", place=1, audience="members")):
            with pytest.raises(IllegalMove):
                verb(by=photo.by)


class TestLimits:
    def test_six_of_each_kind(self):
        offer = agreed("pending")
        add(offer.cleaning, offer.cleaning.owner, 4)
        page = text_of(send("olivia", offer.cleaning, *(chosen() for _ in range(3))))
        assert "Choose at most 2 more: there is room for 6 photos." in page
        add(offer.cleaning, offer.cleaning.owner, 2)
        with pytest.raises(ValidationError, match="There are already 6 photos"):
            add(offer.cleaning, offer.cleaning.owner)
        offer.accept(by=offer.cleaning.owner)
        for kind in ("before", "after"):
            add(offer.cleaning, offer.cleaner, 6, kind)
            with pytest.raises(ValidationError):
                add(offer.cleaning, offer.cleaner, 1, kind)
        assert Photo.objects.count() == 18

    def test_seven_at_once_are_not_looked_into(self):
        page = text_of(send("olivia", create_cleaning(), *(chosen(b"x") for _ in range(7))))
        assert "Choose at most 6 photos." in page

    def test_forty_megabytes_a_person(self):
        photo = create_photo()
        Photo.objects.update(size=40 * 1024 * 1024 - 1)
        with pytest.raises(ValidationError, match="Your photos may take 40 MB"):
            create_photo(by=photo.by, cleaning=create_cleaning())
        Photo.objects.update(size=1)
        create_photo(by=photo.by, cleaning=create_cleaning())

    def test_twenty_photos_an_hour(self):
        for amount in (6, 6, 6, 2):
            add(create_cleaning(), create_user("olivia"), amount)
        with pytest.raises(LimitReached):
            create_photo()
        with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=1)):
            create_photo()

    def test_photos_of_one_form_wait_until_there_is_room_for_all(self):
        start = timezone.now()
        for minutes, amount in ((0, 6), (10, 6), (20, 6)):
            with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
                add(create_cleaning(), create_user("olivia"), amount)
        with time_machine.travel(start + timedelta(minutes=30)), pytest.raises(LimitReached) as refusal:
            add(create_cleaning(), create_user("olivia"), 3)
        assert refusal.value.again == start + timedelta(hours=1)


class TestOrder:
    def order(self):
        return list(Photo.objects.in_order().values_list("shows", "place"))

    def test_a_photo_is_moved_among_its_own_and_the_gap_of_a_removed_one_closes(self):
        cleaning = create_cleaning()
        for shows in "abc":
            create_photo(cleaning=cleaning, shows=shows)
        last = Photo.objects.get(shows="c")
        last.edit(by=cleaning.owner, shows="c", place=1, audience="members")
        assert self.order() == [("c", 1), ("a", 2), ("b", 3)]
        last.edit(by=cleaning.owner, shows="c", place=99, audience="members")
        assert self.order() == [("a", 1), ("b", 2), ("c", 3)]
        Photo.objects.get(shows="a").remove(by=cleaning.owner)
        assert self.order() == [("b", 1), ("c", 2)]
        create_photo(cleaning=cleaning, shows="d")
        assert self.order() == [("b", 1), ("c", 2), ("d", 3)]


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "x"},
        {"kind": "before"},
        {"audience": "x"},
        {"shows": ""},
        {"shows": "x" * 121},
        {"place": 0},
        {"place": 7},
        {"file": "../../etc/passwd"},
        {"file": "G" * 32},
        {"size": 0},
    ],
)
def test_the_database_refuses_what_no_verb_writes(facts):
    create_photo()
    with pytest.raises(DatabaseError), transaction.atomic():
        Photo.objects.update(**facts)
    assert Photo.objects.update(shows="x" * 120, place=6, size=1, audience="everybody") == 1


def test_the_database_keeps_photos_of_two_people_to_themselves():
    offer = agreed()
    create_photo(cleaning=offer.cleaning, by=offer.cleaner, kind="after")
    with pytest.raises(DatabaseError), transaction.atomic():
        Photo.objects.update(audience="everybody")


ALL = {"everybody", "members", "pair"}
JOB = {"everybody", "members"}
PUBLIC = {"everybody"}
OWN = {"pair"}
NONE: set[str] = set()
# Who sees which photos, by what became of the job.
SEEN = {
    "open": {"": PUBLIC, "stan": JOB, "cora": JOB, "carl": JOB, "olivia": JOB, "ada": JOB},
    "reserved": {"": NONE, "stan": NONE, "cora": NONE, "carl": JOB, "olivia": JOB, "ada": JOB},
    "assigned": {"": PUBLIC, "stan": PUBLIC, "cora": PUBLIC, "carl": ALL, "olivia": ALL, "ada": JOB},
    "completed": {"": NONE, "stan": NONE, "cora": NONE, "carl": ALL, "olivia": ALL, "ada": JOB},
    "cancelled": {"": PUBLIC, "stan": JOB, "cora": JOB, "carl": ALL, "olivia": ALL, "ada": JOB},
    "cora's now": {"": PUBLIC, "stan": PUBLIC, "cora": JOB, "carl": PUBLIC | OWN, "olivia": ALL, "ada": JOB},
    "done by cora": {"": NONE, "stan": NONE, "cora": JOB, "carl": OWN, "olivia": ALL, "ada": JOB},
    "closed": {"": NONE, "stan": NONE, "cora": NONE, "carl": OWN, "olivia": ALL, "ada": JOB},
}  # fmt: skip


def story(state):
    """The cleaning in that state, with a photo for everybody, one for members and, once agreed, Carl's of before."""
    create_cast()
    cleaning = create_cleaning(starts_in=None)
    create_photo(cleaning=cleaning, audience="everybody", shows="canary-everybody")
    create_photo(cleaning=cleaning, audience="members", shows="canary-members")
    if state == "reserved":
        until = timezone.now() + timedelta(days=1)
        Cleaning.objects.update(reserved_for=create_user("carl"), reserved_until=until)
    if state in ("open", "reserved"):
        return cleaning
    carls, coras = (create_offer(cleaning=cleaning, cleaner=create_user(name)) for name in ("carl", "cora"))
    carls.accept(by=cleaning.owner)
    create_photo(cleaning=cleaning, by=carls.cleaner, kind="before", shows="canary-pair")
    if state == "completed":
        carls.complete(by=cleaning.owner)
    if state in ("cancelled", "closed"):
        carls.cancel(by=carls.cleaner, reason=CancelReason.CANNOT_COME)
    if state in ("cora's now", "done by cora"):
        carls.release(by=cleaning.owner, reason=ReleaseReason.OTHER)
        Offer.objects.get(pk=coras.pk).accept(by=cleaning.owner)
    if state == "done by cora":
        Offer.objects.get(pk=coras.pk).complete(by=cleaning.owner)
    if state == "closed":
        Cleaning.objects.get().close(by=cleaning.owner)
    return cleaning


def name_of(photo):
    return photo.shows.removeprefix("canary-")


@pytest.mark.parametrize("state", SEEN)
def test_who_sees_which_photo_in_which_state(state):
    cleaning = story(state)
    files, pages = {}, {}
    for username in SEEN[state]:
        client, photos = browser(username), Photo.objects.all()
        answers = {
            name_of(photo): [client.get(photo.small_url), client.get(photo.get_absolute_url())] for photo in photos
        }
        files[username] = {name for name, both in answers.items() if [each.status_code for each in both] == [200, 200]}
        assert {each.status_code for both in answers.values() for each in both} <= {200, 404}
        page = client.get(cleaning.get_absolute_url()).content.decode()
        pages[username] = {name_of(photo) for photo in photos if photo.shows in page or photo.small_url in page}
        listed = text_of(client.get("/cleanings/")) + text_of(client.get("/feed/")) + text_of(client.get("/"))
        assert {name_of(photo) for photo in photos if photo.small_url in listed or photo.shows in listed} <= {
            "everybody"
        }
    assert files == SEEN[state]
    # Staff see what is reserved in the admin alone, from where the files are linked.
    assert pages == SEEN[state] | ({"ada": set()} if state == "reserved" else {})


@pytest.mark.parametrize("hidden", ["photo", "job"])
def test_files_of_what_is_hidden_are_for_whoever_added_them(hidden):
    create_cast()
    photo = create_photo(audience="everybody")
    after = story_of_carl(photo.cleaning)
    thing = photo if hidden == "photo" else Cleaning.objects.get(pk=photo.cleaning_id)

    def readers(photo):
        answers = {
            name: [browser(name).get(url) for url in (photo.small_url, photo.get_absolute_url())] for name in CAST
        }
        return {name for name, both in answers.items() if [each.status_code for each in both] == [200, 200]}

    assert (readers(photo), readers(after)) == (set(CAST), {"olivia", "carl"})
    thing.hide(by=create_user("ada"))
    # What the chosen cleaner shows the owner is part of what is agreed.
    assert (readers(photo), readers(after)) == ({"olivia"}, {"olivia", "carl"})
    thing.unhide(by=create_user("ada"))
    assert readers(photo) == set(CAST)
    after.hide(by=create_user("ada"))
    assert readers(after) == {"carl"}


def story_of_carl(cleaning):
    offer = create_offer(cleaning=cleaning, status="accepted")
    return create_photo(cleaning=cleaning, by=offer.cleaner, kind="after")


def test_a_hidden_photo_leads_neither_a_card_nor_the_page_of_its_job():
    first = create_photo(audience="everybody")
    second = create_photo(cleaning=first.cleaning, audience="everybody")

    def shown():
        pages = [browser("").get(path).content.decode() for path in ("/cleanings/", first.cleaning.get_absolute_url())]
        return [[photo.small_url in page for photo in (first, second)] for page in pages]

    assert shown() == [[True, False], [True, True]]
    first.hide(by=create_user("ada", is_superuser=True))
    caches["pages"].clear()
    assert shown() == [[False, True], [False, True]]


def test_a_list_shows_the_first_photo_for_everybody_and_another_one_once_it_changes():
    cleaning = create_cleaning()

    def listed():
        page = text_of(Client().get("/cleanings/"))
        return [photo.shows for photo in Photo.objects.all() if photo.small_url in page]

    create_photo(cleaning=cleaning, shows="members")
    assert listed() == []
    for shows in ("first", "second"):
        create_photo(cleaning=cleaning, shows=shows, audience="everybody")
    first = Photo.objects.get(shows="first")
    assert listed() == ["first"]
    first.edit(by=first.by, shows="first", place=2, audience="members")
    assert listed() == ["second"]
    Photo.objects.get(shows="second").remove(by=first.by)
    assert listed() == []


def test_the_page_leads_with_the_first_photo_that_its_reader_may_see():
    cleaning = create_cleaning()
    for shows, audience in (("members", "members"), ("everybody", "everybody")):
        create_photo(cleaning=cleaning, shows=shows, audience=audience)
    pages = {name: text_of(browser(name).get(cleaning.get_absolute_url())) for name in ("", "stan")}
    leads = {
        name: re.search(r'class="photo" src="([^"]+)" width="400" height="300" alt=""', page)[1]
        for name, page in pages.items()
    }
    urls = {photo.shows: photo.small_url for photo in Photo.objects.all()}
    assert leads == {"": urls["everybody"], "stan": urls["members"]}


@pytest.mark.parametrize(
    ("username", "status", "label"),
    [
        ("olivia", "pending", "Add or change photos"),
        ("olivia", "accepted", "Change your photos"),
        ("carl", "accepted", "Add photos"),
        ("carl", "pending", ""),
        ("stan", "pending", ""),
    ],
)
def test_the_page_leads_to_ones_own_photos(username, status, label):
    cleaning = create_cleaning()
    create_photo(cleaning=cleaning)
    create_offer(cleaning=cleaning, status=status)
    page = browser(username).get(cleaning.get_absolute_url()).content.decode()
    assert re.findall(rf'<a href="/cleanings/{cleaning.pk}/photos/">([^<]+)</a>', page) == [label] * bool(label)


class TestServing:
    def test_for_everybody_a_shared_cache_keeps_it_a_minute_and_for_a_person_none_does(self):
        photo = create_photo(audience="everybody")
        headers = ("Content-Type", "Cache-Control", "X-Robots-Tag")
        found = {name: [browser(name).get(photo.small_url)[header] for header in headers] for name in ("", "stan")}
        assert found == {
            "": ["image/webp", "public, max-age=60", "noindex"],
            "stan": ["image/webp", "private, no-store", "noindex"],
        }

    def test_the_view_alone_lets_no_cache_keep_what_a_person_sees(self):
        photo = create_photo()
        request = RequestFactory().get(photo.small_url)
        request.user = photo.by
        assert PhotoFileView.as_view()(request, photo=photo.pk)["Cache-Control"] == "private, no-store"

    def test_a_photo_of_others_and_none_look_the_same(self):
        photo = create_photo()
        assert browser("olivia").get(photo.small_url).status_code == 200
        other, none = (Client().get(url) for url in (photo.small_url, "/photos/987654321/400/"))
        assert (other.status_code, other.content) == (none.status_code, none.content) == (404, none.content)

    def test_a_file_that_is_gone_is_404(self, private):
        photo = create_photo()
        JOB_PHOTOS.delete(photo.file)
        assert browser("olivia").get(photo.small_url).status_code == 404

    def test_a_bucket_that_does_not_answer_is_503(self, monkeypatch):
        def fail(*args):
            raise ConnectionError

        photo, olivia = create_photo(), browser("olivia")
        olivia.raise_request_exception = False
        assert olivia.get(photo.small_url).status_code == 200
        monkeypatch.setattr(PhotoStorage, "read", fail)
        assert olivia.get(photo.small_url).status_code == 500
        monkeypatch.setattr("marketplace.errors.BUCKET_ERRORS", (ConnectionError,))
        answer = olivia.get(photo.small_url)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")

    def test_files_lie_where_no_public_address_leads(self, private, settings):
        photo = create_photo(audience="everybody")
        assert not private.is_relative_to(settings.MEDIA_ROOT)
        assert not settings.PRIVATE_ROOT.is_relative_to(settings.MEDIA_ROOT)
        paths = [f"/media/photos/{photo.file}-400.webp", f"/private/photos/{photo.file}-400.webp"]
        assert [Client().get(path).status_code for path in paths] == [404, 404]
        pages = [browser("olivia").get(path) for path in (photo.cleaning.get_absolute_url(), "/accounts/export/")]
        assert [photo.file in text_of(page) for page in pages] == [False, False]


def stored(private) -> set[str]:
    """The names of the photos in the folder, each of which has to have its two files and no other."""
    files = [file.name for file in private.rglob("*") if file.is_file()]
    names = {re.fullmatch(r"([0-9a-f]{32})-(?:400|1600)\.webp", file)[1] for file in files}
    assert len(files) == 2 * len(names)
    return names


def in_rows() -> set[str]:
    return set(Photo.objects.values_list("file", flat=True))


@pytest.mark.django_db(transaction=True)
class TestLife:
    def test_the_files_go_with_the_photo_and_with_its_cleaning(self, private):
        cleaning = create_cleaning()
        add(cleaning, cleaning.owner, 3)
        Photo.objects.first().remove(by=cleaning.owner)
        assert stored(private) == in_rows()
        assert len(in_rows()) == 2
        cleaning.delete(by=cleaning.owner)
        assert stored(private) == in_rows() == set()

    def test_a_deletion_that_is_rolled_back_keeps_the_files(self, private):
        photo = create_photo()
        with transaction.atomic():
            photo.remove(by=photo.by)
            transaction.set_rollback(True)
        assert stored(private) == in_rows() != set()

    def test_a_photo_that_could_not_be_written_to_its_row_leaves_no_file(self, private):
        cleaning = create_cleaning()
        with pytest.raises(ValidationError):
            add(cleaning, cleaning.owner, 2, shows="x" * 121)
        broken = EncodedPhoto(encoded()[0].files | {400: None})
        with pytest.raises(TypeError):
            add(cleaning, cleaning.owner, photos=[*encoded(), broken])
        assert stored(private) == set()

    def test_no_transaction_may_stand_around_an_upload_that_could_be_rolled_back(self, private):
        with pytest.raises(RuntimeError), transaction.atomic():
            create_photo(cleaning=create_cleaning())
        assert stored(private) == set()

    def test_the_file_of_a_photo_that_is_there_already_is_not_kept(self, private):
        cleaning, photos = create_cleaning(), encoded()
        for _ in range(2):
            add(cleaning, cleaning.owner, photos=photos)
        assert stored(private) == in_rows()
        assert len(in_rows()) == 1

    def test_ninety_days_after_the_end_they_are_deleted(self, private):
        offer = agreed("pending")
        create_photo(cleaning=offer.cleaning)
        kept = create_photo(cleaning=create_cleaning())
        offer.accept(by=offer.cleaning.owner)
        create_photo(cleaning=offer.cleaning, by=offer.cleaner, kind="before")
        with time_machine.travel(timezone.now() + timedelta(days=17)):
            offer.complete()
            ended = timezone.now()
        for days, left in ((89.9, 3), (90.1, 1)):
            with time_machine.travel(ended + timedelta(days=days)):
                Photo.objects.clear_over()
            assert len(in_rows()) == left
            assert stored(private) == in_rows()
        assert in_rows() == {kept.file}

    def test_an_account_takes_its_photos_along_and_those_of_its_home(self, private):
        offer = agreed("completed")
        create_photo(cleaning=offer.cleaning, by=offer.cleaner, kind="after")
        create_photo(cleaning=create_cleaning())
        kept = create_photo(cleaning=create_cleaning(owner=create_user("stan")))
        offer.cleaning.owner.close(by=offer.cleaning.owner)
        assert stored(private) == in_rows() == {kept.file}

    def test_files_that_no_row_names_go_after_a_day(self, private):
        photo = create_photo()
        with JOB_PHOTOS.stored(encoded()[0]) as left_over:
            assert stored(private) == {photo.file, left_over}
            assert Photo.objects.clear_files() == 0
            with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
                assert Photo.objects.clear_files() == 2
        assert stored(private) == in_rows() == {photo.file}

    def test_a_file_that_goes_meanwhile_ends_no_run(self, private):
        with JOB_PHOTOS.stored(encoded()[0]) as going, JOB_PHOTOS.stored(encoded()[0]) as left_over:
            assert stored(private) == {going, left_over}
            with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
                assert JOB_PHOTOS.clear_unknown(lambda: JOB_PHOTOS.delete(going) or []) == 2
        assert stored(private) == set()

    def test_a_storage_that_is_away_undoes_nothing(self, private):
        photo = create_photo()
        for file in (private / "photos").iterdir():
            file.unlink()
            (file / "cannot be deleted").mkdir(parents=True)
        photo.remove(by=photo.by)
        assert in_rows() == set()


def test_a_bucket_serves_as_well_as_a_folder(settings):
    """Nothing is asked of the storage that only a folder can: Django's own in memory has no paths either."""
    settings.STORAGES = settings.STORAGES | {"private": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    photo = create_photo()
    assert browser("olivia").get(photo.small_url).status_code == 200
    assert Photo.objects.clear_files() == 0
    Photo.objects.all().delete()
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert Photo.objects.clear_files() == 2
    assert JOB_PHOTOS.storage.listdir("photos") == ([], [])


@pytest.mark.parametrize("amount", [1, 6])
def test_pages_take_the_same_number_of_queries_with_one_photo_and_with_six(amount, django_assert_num_queries):
    cleaning = create_cleaning()
    add(cleaning, cleaning.owner, amount, audience="everybody")
    client = browser("olivia")
    photo = Photo.objects.first()
    for path, number in (
        (f"/cleanings/{cleaning.pk}/photos/", 5),
        (f"/photos/{photo.pk}/edit/", 5),
        (photo.small_url, 3),
    ):
        with django_assert_num_queries(number):
            assert client.get(path).status_code == 200


def test_staff_read_rows_but_not_what_two_people_show_each_other():
    offer = agreed("pending")
    photos = [create_photo(cleaning=offer.cleaning, shows="canary-job")]
    offer.accept(by=offer.cleaning.owner)
    photos.append(create_photo(cleaning=offer.cleaning, by=offer.cleaner, kind="after", shows="canary-pair"))
    create_cast()
    ada = browser("ada")
    paths = ["/admin/cleanings/photo/", *(f"/admin/cleanings/photo/{photo.pk}/change/" for photo in photos)]
    pages = [ada.get(path) for path in paths]
    assert [page.status_code for page in pages] == [200] * 3
    read = "".join(text_of(page) for page in pages)
    assert ("canary-job" in read, photos[0].get_absolute_url() in read) == (True, True)
    assert ("canary-pair" in read, photos[1].get_absolute_url() in read) == (False, False)
    assert [ada.get(each.small_url).status_code for each in photos] == [200, 404]
