"""The photo of a profile: what is taken for one, what is left of it, and when its files go."""

import re
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from PIL import Image, ImageCms

from accounts.forms import ProfileForm
from accounts.models import Profile, User
from accounts.photos import LARGE, PROFILE_PHOTOS
from accounts.tests import pictures
from accounts.tests.pictures import BLUE, GREEN, KEPT, RED, REFUSED, WHITE, corners, saved
from core import photos
from marketplace.testing import create_cleaning, create_offer, create_user, text_of

# These take a second or two each, to be made or to be read.
SLOW_TO_MAKE = {
    "13,000 x 13,000", "jpg with 5,000 scans", "jpg with a million marks", "png of 300,000 parts",
    "png with a bomb of text", "webp of 5,000 frames", "jpg of 48 megapixels", "jpg of 50 megapixels and 20 MB",
    "jpg of 50 megapixels and a row", "progressive jpg of 25 megapixels", "png of 25 megapixels",
    "progressive jpg of 25 megapixels and a row", "jpg of 25 megapixels and a row, a scan a colour",
    "progressive jpg of 25 megapixels in every colour", "25 megapixels and a row", "webp of 10 megapixels",
    "avif of 10 megapixels", "webp of 10 megapixels and a row", "avif of 10 megapixels and a row",
}  # fmt: skip


def cases(names):
    return [pytest.param(name, marks=[pytest.mark.long] * (name in SLOW_TO_MAKE)) for name in names]


def clean(data: bytes) -> dict[int, Image.Image]:
    """The pictures that are made of these bytes, by the length of their sides."""
    return {side: Image.open(BytesIO(file)) for side, file in PROFILE_PHOTOS.clean(ContentFile(data)).files.items()}


def colours(data: bytes) -> list[tuple]:
    """The colours of the four corners of what is made of these bytes, in rows, rounded to the nearest named one."""
    square = clean(data)[LARGE].convert("RGB")
    near, far = LARGE // 8, LARGE * 7 // 8
    found = [square.getpixel(place) for place in ((near, near), (far, near), (near, far), (far, far))]
    return [min((RED, GREEN, BLUE, WHITE), key=lambda named: distance(named, colour)) for colour in found]


def distance(one: tuple, other: tuple) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


class TestCleaning:
    @pytest.mark.parametrize("name", cases(KEPT))
    def test_a_picture_becomes_two_squares_of_our_own_making(self, name):
        squares = clean(KEPT[name]())
        assert {side: (square.format, square.mode, square.size) for side, square in squares.items()} == {
            side: ("WEBP", "RGB", (side, side)) for side in (96, 288)
        }

    @pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
    @pytest.mark.parametrize("name", cases(REFUSED))
    def test_what_is_no_photo_is_refused_with_a_sentence(self, name):
        make, sentence = REFUSED[name]
        with pytest.raises(ValidationError) as refusal:
            PROFILE_PHOTOS.clean(ContentFile(make()))
        assert refusal.value.messages == [sentence]

    def test_dimensions_are_read_before_any_pixel(self):
        for side, sentence in ((10, photos.UNREADABLE), (5_001, "under 25 megapixels")):
            without_pixels = pictures.png(side, side, b"")
            with pytest.raises(ValidationError, match=sentence):
                PROFILE_PHOTOS.clean(ContentFile(without_pixels))

    # One profile that the picture can be in, and one that it cannot.
    @pytest.mark.parametrize("space", ["sRGB", "LAB"])
    def test_nothing_that_the_file_held_besides_the_picture_is_left(self, space):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()
        secrets = (b"Spy Phone", b"a comment", b"by an editor", profile, b"<script>")
        metadata = {"exif": pictures.exif(), "comment": b"a comment", "xmp": b"by an editor", "icc_profile": profile}
        data = saved(corners(), "JPEG", **metadata) + b"<script>"
        assert [secret for secret in secrets if secret not in data] == []
        assert Image.open(BytesIO(data)).getexif().get_ifd(0x8825)
        files = PROFILE_PHOTOS.clean(ContentFile(data)).files.values()
        assert [secret for secret in secrets for file in files if secret in file] == []
        assert [set(square.info) & metadata.keys() for square in clean(data).values()] == [set(), set()]

    @pytest.mark.parametrize(
        ("kind", "orientation"), [*(("JPEG", number) for number in range(1, 9)), ("PNG", 6), ("WEBP", 6), ("AVIF", 6)]
    )
    def test_a_picture_is_turned_upright(self, kind, orientation):
        data = saved(pictures.held(orientation), kind, exif=pictures.exif(orientation))
        assert colours(data) == [RED, GREEN, BLUE, WHITE]

    def test_the_square_is_cut_from_the_middle(self):
        wide = Image.new("RGB", (300, 60), RED)
        wide.paste(corners(60, 60), (120, 0))
        assert colours(saved(wide, "PNG")) == [RED, GREEN, BLUE, WHITE]
        assert colours(saved(wide.transpose(Image.Transpose.TRANSPOSE), "PNG")) == [RED, BLUE, GREEN, WHITE]

    @pytest.mark.parametrize("size", [(1, 1), (7, 5), (575, 580), (576, 576), (1151, 1153), (2000, 700)])
    def test_any_size_keeps_its_corners(self, size):
        expected = [WHITE] * 4 if size == (1, 1) else [RED, GREEN, BLUE, WHITE]
        picture = Image.new("RGB", (1, 1), WHITE) if size == (1, 1) else corners(size[1], size[1]).resize(size)
        if size[0] > size[1]:
            picture = Image.new("RGB", size, RED)
            picture.paste(corners(size[1], size[1]), ((size[0] - size[1]) // 2, 0))
        assert colours(saved(picture, "PNG")) == expected

    def test_white_shines_through_what_is_transparent(self):
        clear = corners().convert("RGBA")
        clear.paste((0, 0, 0, 0), (0, 0, 40, 30))
        for data in (saved(clear, "PNG"), saved(clear, "WEBP", lossless=True), saved(clear.quantize(8), "PNG")):
            assert colours(data) == [WHITE, GREEN, BLUE, WHITE]

    def test_sixteen_bits_are_made_eight(self):
        assert distance(clean(pictures.sixteen_bits())[96].convert("RGB").getpixel((48, 48)), (128, 128, 128)) < 9

    def test_colours_of_another_profile_become_those_of_browsers(self):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        swapped = profile.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")
        assert colours(saved(corners(), "PNG", icc_profile=profile)) == [RED, GREEN, BLUE, WHITE]
        assert colours(saved(corners(), "PNG", icc_profile=swapped)) == [GREEN, RED, BLUE, WHITE]


def chosen(data: bytes | None = None, name: str = "me.jpg") -> SimpleUploadedFile:
    """A file as a form sends it; a good photo unless other bytes are given."""
    return SimpleUploadedFile(name, KEPT["jpg"]() if data is None else data, "image/jpeg")


def photo() -> photos.EncodedPhoto:
    return PROFILE_PHOTOS.clean(chosen())


def stored(media) -> set[str]:
    """The names of the photos in the folder, each of which has to have its two files and no other."""
    files = [file.name for file in media.rglob("*") if file.is_file()]
    names = {re.fullmatch(r"([0-9a-f]{32})-(?:96|288)\.webp", file)[1] for file in files}
    assert len(files) == 2 * len(names)
    return names


def in_rows() -> set[str]:
    return set(Profile.objects.exclude(photo="").values_list("photo", flat=True))


@pytest.mark.django_db(transaction=True)
class TestLife:
    def test_the_files_of_the_photo_before_go_with_the_next_one_and_all_with_the_last(self, media):
        profile = create_user("maria").profile
        profile.set_photo(photo())
        first = profile.photo
        assert stored(media) == in_rows() == {first}
        profile.set_photo(photo())
        assert stored(media) == in_rows() == {profile.photo} != {first}
        profile.remove_photo()
        assert stored(media) == in_rows() == set()

    def test_a_photo_that_could_not_be_written_to_the_row_leaves_no_file(self, media):
        profile = create_user("maria").profile
        profile.set_photo(photo())
        before = profile.photo
        profile.city = "x" * 81
        with pytest.raises(DatabaseError):
            profile.set_photo(photo(), also=["city"])
        assert stored(media) == in_rows() == {before}

    def test_no_transaction_may_stand_around_it_that_could_be_rolled_back(self, media):
        profile = create_user("maria").profile
        with pytest.raises(RuntimeError), transaction.atomic():
            profile.set_photo(photo())
        assert stored(media) == set()

    def test_half_a_photo_that_found_no_room_is_deleted(self, media):
        profile = create_user("maria").profile
        (media / "photos").mkdir()
        full = photos.EncodedPhoto(photo().files | {LARGE: None})
        with pytest.raises(TypeError):
            profile.set_photo(full)
        assert stored(media) == in_rows() == set()

    def test_a_removal_that_is_rolled_back_keeps_the_files(self, media):
        profile = create_user("maria").profile
        profile.set_photo(photo())
        with transaction.atomic():
            profile.remove_photo()
            transaction.set_rollback(True)
        assert stored(media) == in_rows() != set()

    def test_a_stale_copy_of_a_profile_deletes_what_the_row_names(self, media):
        profile = create_user("maria").profile
        stale = Profile.objects.get()
        profile.set_photo(photo())
        stale.set_photo(photo())
        assert stored(media) == in_rows() == {stale.photo}
        profile.remove_photo()
        assert stored(media) == in_rows() == set()

    def test_a_closed_account_takes_no_photo(self, media):
        profile = create_user("maria").profile
        User.objects.update(is_active=False)
        with pytest.raises(PermissionDenied):
            profile.set_photo(photo())
        assert stored(media) == set()

    @pytest.mark.parametrize("delete", [lambda user: user.delete(), lambda user: User.objects.all().delete()])
    def test_the_files_go_with_an_account_that_is_deleted(self, media, delete):
        user = create_user("maria")
        user.profile.set_photo(photo())
        assert stored(media) == in_rows() != set()
        delete(user)
        assert stored(media) == set()

    def test_a_storage_that_is_away_undoes_nothing(self, media):
        profile = create_user("maria").profile
        profile.set_photo(photo())
        for file in (media / "photos").iterdir():
            file.unlink()
            (file / "cannot be deleted").mkdir(parents=True)
        profile.remove_photo()
        assert in_rows() == set()

    def test_fifty_changes_leave_no_file_over(self, client, media, no_limits):
        client.force_login(create_user("maria"))
        sent = [
            lambda: {"photo": chosen()},
            lambda: {"photo": chosen(b"")},
            lambda: {"photo": chosen(), "city": "x" * 81},
            lambda: {"photo-clear": "on"},
            lambda: {"photo": chosen(), "photo-clear": "on"},
        ]
        for number in range(50):
            page = client.post("/accounts/profile/", sent[number % 5]())
            assert page.status_code == (302 if number % 5 in (0, 3) else 200)
            assert stored(media) == in_rows()
            assert len(in_rows()) == (number % 5 < 3)


@pytest.mark.parametrize("name", ["../../../etc/passwd", "a" * 32, "A" * 31, "0" * 33])
def test_the_database_refuses_a_name_that_is_not_one_of_ours(db, name):
    create_user("maria")
    with pytest.raises(DatabaseError), transaction.atomic():
        Profile.objects.update(photo=name.replace("a", "g"))
    assert Profile.objects.update(photo="0a" * 16) == 1


@pytest.fixture
def maria(db, client, media):
    """Maria, with a photo, logged in."""
    user = create_user("maria")
    user.profile.set_photo(photo())
    client.force_login(user)
    return user


# The quickest to make of each.
ONE_OF_EACH_SENTENCE = {
    sentence: name for name, (_, sentence) in sorted(REFUSED.items(), key=lambda item: item[0] not in SLOW_TO_MAKE)
}.values()


class TestForm:
    def test_it_says_what_it_takes_and_shows_what_there_is(self, client, maria):
        page = client.get("/accounts/profile/").content.decode()
        assert 'enctype="multipart/form-data"' in page
        assert 'accept="image/jpeg,image/png,image/webp,image/avif"' in page
        assert "A JPG under 20 MB and 50 megapixels" in page
        assert maria.profile.small_photo in page
        assert 'name="photo-clear"' in page
        maria.profile.remove_photo()
        assert 'name="photo-clear"' not in client.get("/accounts/profile/").content.decode()

    @pytest.mark.parametrize("name", ["../../x.php", "<script>alert(1)</script>.jpg", "é\u202egpj.exe", "a" * 300])
    def test_no_name_of_a_person_s_file_is_kept(self, client, maria, media, name):
        before = maria.profile.photo
        assert client.post("/accounts/profile/", {"photo": chosen(name=name)}).status_code == 302
        assert stored(media) == in_rows() | {before} != {before}

    @pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
    @pytest.mark.parametrize("name", cases(ONE_OF_EACH_SENTENCE))
    def test_a_refusal_is_shown_beside_the_field_and_above_and_keeps_the_rest(self, client, maria, media, name):
        make, sentence = REFUSED[name]
        page = client.post("/accounts/profile/", {"photo": chosen(make()), "bio": "I like windows."})
        assert page.status_code == 200
        text = page.content.decode()
        assert text.count(sentence) == 2
        assert "<title>Error: " in text
        assert "I like windows." in text
        assert maria.profile.small_photo in text
        assert stored(media) == in_rows() == {maria.profile.photo}

    def test_text_and_photo_are_saved_together(self, client, maria):
        before = maria.profile.photo
        client.post("/accounts/profile/", {"photo": chosen(), "full_name": "Maria Peeters"})
        profile = Profile.objects.get()
        assert (profile.full_name, profile.photo != before) == ("Maria Peeters", True)

    def test_text_alone_leaves_the_photo(self, client, maria):
        client.post("/accounts/profile/", {"full_name": "Maria Peeters"})
        assert in_rows() == {maria.profile.photo}

    def test_a_form_that_was_read_before_the_photo_changed_keeps_it(self, maria):
        stale = ProfileForm({"full_name": "Maria"}, instance=Profile.objects.get())
        assert stale.is_valid()
        maria.profile.set_photo(photo())
        stale.save()
        assert Profile.objects.values_list("full_name", "photo").get() == ("Maria", maria.profile.photo)

    def test_the_box_removes_the_photo(self, client, maria):
        assert client.post("/accounts/profile/", {"photo-clear": "on"}).status_code == 302
        assert in_rows() == set()

    def test_not_both_at_once(self, client, maria):
        page = client.post("/accounts/profile/", {"photo": chosen(), "photo-clear": "on"}).content.decode()
        assert page.count("Choose a photo or remove the one that you have, not both.") == 2
        assert in_rows() == {maria.profile.photo}

    def test_a_photo_lost_to_another_fault_is_said_to_be(self, client, maria):
        page = client.post("/accounts/profile/", {"photo": chosen(), "phone_number": "x"}).content.decode()
        assert page.count("Choose the photo once more") == 2
        page = client.post("/accounts/profile/", {"phone_number": "x"}).content.decode()
        assert "Choose the photo once more" not in page

    def test_only_twenty_photos_an_hour_are_looked_at(self, client, maria):
        for number in range(20):
            assert client.post("/accounts/profile/", {"photo": chosen(b"x")}).status_code == 200, number
        refused = client.post("/accounts/profile/", {"photo": chosen()})
        assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
        assert in_rows() == {maria.profile.photo}
        assert client.post("/accounts/profile/", {"city": "Ghent"}).status_code == 302

    def test_each_person_has_a_limit_of_their_own(self, client, maria):
        for _ in range(20):
            client.post("/accounts/profile/", {"photo": chosen(b"x")})
        client.force_login(create_user("carl"))
        assert client.post("/accounts/profile/", {"photo": chosen()}).status_code == 302


class TestPages:
    def pictures_on(self, client, path):
        main = text_of(client.get(path)).partition("<main")[2]
        return re.findall(r"<img class=\"face[^>]*>", main)

    def test_a_photo_stands_for_the_initial_at_the_head_of_a_profile(self, client, maria):
        large, small = maria.profile.large_photo, maria.profile.small_photo
        assert self.pictures_on(client, "/people/maria/") == [
            f'<img class="face large" src="{small}" srcset="{small} 96w, {large} 288w" sizes="128px" width="128" '
            'height="128" alt="" crossorigin>'
        ]
        assert self.pictures_on(client, f"/people/{create_user('carl')}/") == []

    def test_photos_stand_beside_names_in_lists_and_take_no_query(self, client, maria, django_assert_num_queries):
        cleaning = create_cleaning(owner=maria)
        for username in ("carl", "cora"):
            create_offer(cleaning=cleaning, cleaner=create_user(username))
        path = f"/cleanings/{cleaning.pk}/offers/"
        # The prices of the city are remembered.
        client.get(path)
        with django_assert_num_queries(5):
            assert self.pictures_on(client, path) == []
        create_user("carl").profile.set_photo(photo())
        with django_assert_num_queries(5):
            found = self.pictures_on(client, path)
        assert len(found) == 1
        assert 'width="48" height="48" alt="" crossorigin>' in found[0]

    def test_a_former_member_has_no_face(self, client, maria):
        cleaning = create_cleaning(owner=create_user("olivia"))
        create_user("olivia").profile.set_photo(photo())
        path = cleaning.get_absolute_url()
        assert len(self.pictures_on(client, path)) == 1
        User.objects.filter(username="olivia").update(is_active=False)
        assert self.pictures_on(client, path) == []
