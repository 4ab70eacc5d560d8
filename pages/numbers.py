"""Three true figures on the home page, which each process counts at most every ten minutes."""

from __future__ import annotations

from typing import NamedTuple

from django.core.cache import caches
from django.db.models import Aggregate, Avg, Count, FloatField, QuerySet, Value
from django.db.models.functions import Cast

from cleanings.models import Cleaning
from cleanings.states import CleaningStatus
from evaluations.models import Evaluation

KEPT_FOR = 10 * 60
# With fewer jobs done the figures would say little.
FEWEST_DONE = 20


class Numbers(NamedTuple):
    open: int
    done: int
    mean: float | None


def numbers() -> Numbers | None:
    counted: Numbers = caches["figures"].get_or_set("numbers", count, KEPT_FOR)  # type: ignore[assignment]
    return counted if counted.done >= FEWEST_DONE else None


def count() -> Numbers:
    is_open = figure("open", Cleaning.objects.open(), Count("*"))
    is_done = figure("done", Cleaning.objects.with_status(CleaningStatus.COMPLETED), Count("*"))
    mean = figure("mean", Evaluation.objects.counted(), Avg("overall_rating"))
    found = dict(is_open.union(is_done, mean, all=True))
    return Numbers(int(found.get("open", 0)), int(found.get("done", 0)), found.get("mean"))


def figure(what: str, rows: QuerySet, of: Aggregate) -> QuerySet:
    counted = rows.order_by().values(what=Value(what)).annotate(number=Cast(of, FloatField()))
    return counted.values_list("what", "number")
