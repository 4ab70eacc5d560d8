"""Each photo has its files, and each file its photo."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet

from accounts.models import Profile
from accounts.photos import PROFILE_PHOTOS
from cleanings.models import Photo
from cleanings.photos import JOB_PHOTOS
from core.photos import PhotoStorage
from pages.integrity.rule import RUN_DUE_WITHIN, Rule

# `run_due` deletes files that are a day old.
OVER_AFTER = timedelta(days=1) + RUN_DUE_WITHIN


def without_files(storage: PhotoStorage, rows: QuerySet, name: str) -> QuerySet:
    """Read again behind the files, because a photo may have been replaced or removed meanwhile."""
    named = dict(rows.exclude((name, "")).values_list("pk", name))
    there = set(storage.files())
    missing = [pk for pk, photo in named.items() if not there.issuperset(storage.files_of(photo))]
    return rows.filter(
        pk__in=[pk for pk, photo in rows.filter(pk__in=missing).values_list("pk", name) if named[pk] == photo]
    )


def profiles_without_files() -> QuerySet:
    return without_files(PROFILE_PHOTOS, Profile.objects.all(), "photo")


def jobs_without_files() -> QuerySet:
    return without_files(JOB_PHOTOS, Photo.objects.all(), "file")


def of_profiles() -> list[str]:
    return PROFILE_PHOTOS.unknown(
        lambda: Profile.objects.exclude(photo="").values_list("photo", flat=True), after=OVER_AFTER
    )


def of_jobs() -> list[str]:
    return JOB_PHOTOS.unknown(lambda: Photo.objects.values_list("file", flat=True), after=OVER_AFTER)


RULES = (
    Rule("photos", "The photo of a profile has its files.", profiles_without_files),
    Rule("photos", "A photo of a job has its files.", jobs_without_files),
    Rule("photos", "Each file of a day or more belongs to the photo of a profile.", of_profiles),
    Rule("photos", "Each file of a day or more belongs to a photo of a job.", of_jobs),
)
