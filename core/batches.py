from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet

BATCH = 1000
BATCHES_A_QUERY = 100


def delete_in_batches(rows: QuerySet) -> int:
    """In batches, so that no lock is held for long. Returns how many rows were deleted, without those that cascade."""
    label, deleted = rows.model._meta.label, 0
    while found := list(rows.values_list("pk", flat=True)[: BATCH * BATCHES_A_QUERY]):
        for start in range(0, len(found), BATCH):
            # Filtered again: a row that has changed since, like a session that was used, stays.
            deleted += rows.order_by().filter(pk__in=found[start : start + BATCH]).delete()[1].get(label, 0)
    return deleted


def clean_rows(
    rows: QuerySet, forms: dict[str, Callable[[str], str]], *, if_empty: dict[str, str] | None = None
) -> None:
    """Leaves alone rows that have changed meanwhile, and texts that would become too long."""
    shown = if_empty or {}
    limits = {name: rows.model._meta.get_field(name).max_length for name in forms}

    def fits(name: str, text: str) -> bool:
        return limits[name] is None or len(text) <= limits[name]

    last = 0
    while batch := list(rows.order_by("pk").filter(pk__gt=last).values("pk", *forms)[:BATCH]):
        last = batch[-1]["pk"]
        with transaction.atomic(using=rows.db):
            for row in batch:
                cleaned = {name: form(row[name]) or shown.get(name, "") for name, form in forms.items()}
                changed = {name: text for name, text in cleaned.items() if text != row[name] and fits(name, text)}
                if changed:
                    rows.filter(pk=row["pk"], **{name: row[name] for name in changed}).update(**changed)
