"""Many rows, a few at a time."""

from django.db.models import QuerySet

BATCH = 1000
BATCHES_A_LOOK = 100


def delete_in_batches(rows: QuerySet) -> int:
    """Delete these rows and return how many, so that no statement takes long and no lock lasts."""
    deleted = 0
    while found := list(rows.values_list("pk", flat=True)[: BATCH * BATCHES_A_LOOK]):
        for start in range(0, len(found), BATCH):
            # Asked again: what has changed since, like a session that was used, stays.
            deleted += rows.order_by().filter(pk__in=found[start : start + BATCH]).delete()[0]
    return deleted
