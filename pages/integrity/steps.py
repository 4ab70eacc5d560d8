"""The steps of a timeline, as queries."""

from __future__ import annotations

from django.db.models import DateTimeField, Exists, F, Func, OuterRef, Q, QuerySet, Value, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Lag

from cleanings.models import Event
from cleanings.states import KINDS_WITHOUT_MOVE, MOVES, OFFERS_WHEN_CLOSING, CleaningStatus, Kind, OfferStatus

OF_OFFERS, OF_CLEANINGS = Q(cleaner__isnull=False), Q(cleaner=None)
REOPENING = (Kind.CANCEL, Kind.RELEASE)


def legal_steps_of_offers() -> set[str]:
    steps = {(move.kind, before or "", move.offer_to) for move in MOVES for before in move.offer_from}
    steps |= {(move.kind, *move.others) for move in MOVES if move.others}
    steps |= {(Kind.CLOSE, *OFFERS_WHEN_CLOSING), (Kind.AGREE, OfferStatus.ACCEPTED, OfferStatus.ACCEPTED)}
    steps |= {(kind, status, status) for kind in KINDS_WITHOUT_MOVE for status in OfferStatus}
    return {" ".join(step) for step in steps}


def legal_steps_of_cleanings() -> set[str]:
    steps: set[tuple[str, str, str]]
    steps = {(move.kind, move.cleaning_from, move.cleaning_to) for move in MOVES if move.cleaning_to}
    steps |= {(Kind.POST, "", CleaningStatus.OPEN), (Kind.EDIT, CleaningStatus.OPEN, CleaningStatus.OPEN)}
    steps |= {(Kind.CLOSE, CleaningStatus.OPEN, CleaningStatus.CLOSED)}
    steps |= {(Kind.AGREE, CleaningStatus.ASSIGNED, CleaningStatus.ASSIGNED)}
    steps |= {(kind, status, status) for kind in KINDS_WITHOUT_MOVE for status in CleaningStatus}
    return {" ".join(step) for step in steps}


def previous(expression) -> Window:
    return Window(Lag(expression), partition_by=["cleaning", "cleaner"], order_by="pk")


def last_of_offers(events: QuerySet) -> QuerySet:
    """Events that no later move of the same offer follows."""
    later = Event.objects.moves().filter(cleaning=OuterRef("cleaning"), cleaner=OuterRef("cleaner"))
    return events.filter(~Exists(later.filter(pk__gt=OuterRef("pk"))), OF_OFFERS)


def last_of_cleanings(events: QuerySet) -> QuerySet:
    later = Event.objects.moves().filter(OF_CLEANINGS, cleaning=OuterRef("cleaning"), pk__gt=OuterRef("pk"))
    return events.filter(~Exists(later), OF_CLEANINGS)


# For each row of a table its last event by a join, because an index that is asked for each row takes too long.
ELSEWHERE = """
    SELECT rows.id FROM {rows} rows LEFT JOIN (
        SELECT cleaning_id, cleaner_id, max(id) AS id FROM cleanings_event
        WHERE kind NOT IN ({kinds}) AND cleaner_id IS {whose} GROUP BY cleaning_id, cleaner_id
    ) last ON {chain}
    LEFT JOIN cleanings_event event ON event.id = last.id
    WHERE event.id IS NULL OR event.to_status <> rows.status"""


def elsewhere(rows: QuerySet, whose: str, chain: str) -> QuerySet:
    kinds = ", ".join(["%s"] * len(KINDS_WITHOUT_MOVE))
    sql = ELSEWHERE.format(rows=rows.model._meta.db_table, kinds=kinds, whose=whose, chain=chain)
    return rows.filter(pk__in=RawSQL(sql, KINDS_WITHOUT_MOVE))  # noqa: S611


def with_gaps() -> QuerySet:
    """Moves that do not begin where the one before ended. A remark takes no lock, so it may follow a move."""
    moves = Event.objects.moves().annotate(reached=previous("to_status"))
    is_first = Q(reached=None)
    return moves.filter(is_first & ~Q(from_status="") | ~is_first & ~Q(from_status=F("reached")))


def illegal() -> QuerySet:
    events = Event.objects.annotate(step=Concat("kind", Value(" "), "from_status", Value(" "), "to_status"))
    of_offers = OF_OFFERS & ~Q(step__in=legal_steps_of_offers())
    return events.filter(of_offers | OF_CLEANINGS & ~Q(step__in=legal_steps_of_cleanings()))


class Moment(Func):
    """The same for one moment, however it is written down."""

    output_field = DateTimeField()

    def as_sqlite(self, compiler, connection, **context):
        formatted = Func(Value("%Y-%m-%d %H:%M:%f"), *self.source_expressions, function="strftime")
        return formatted.as_sql(compiler, connection)

    def as_postgresql(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="CAST(%(expressions)s AS timestamptz)", **context)
