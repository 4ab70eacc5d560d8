"""What must hold of a cleaning and its offers after whatever happened to them."""

from cleanings.models import Cleaning, Event
from cleanings.states import CleaningStatus, Kind, OfferStatus
from cleanings.terms import FIELDS, TERMS
from offers.changes import Change
from offers.models import Offer


def contradictions(cleaning: Cleaning) -> list[str]:
    """A sentence for each thing that does not fit together; empty when all does."""
    cleaning = Cleaning.objects.get(pk=cleaning.pk)
    statuses = list(cleaning.offers.values_list("status", flat=True))
    accepted, done = statuses.count(OfferStatus.ACCEPTED), statuses.count(OfferStatus.COMPLETED)
    winners = {CleaningStatus.ASSIGNED: (1, 0), CleaningStatus.COMPLETED: (0, 1)}.get(cleaning.status, (0, 0))
    found = []
    if (accepted, done) != winners:
        found.append(f"{cleaning.status} with {accepted} accepted and {done} completed offers")
    if OfferStatus.PENDING in statuses and cleaning.status != CleaningStatus.OPEN:
        found.append(f"pending offers on a cleaning that is {cleaning.status}")
    if cleaning.offers_count != len(statuses) - statuses.count(OfferStatus.RESCINDED):
        found.append(f"offers_count is {cleaning.offers_count} for {statuses}")
    chosen = cleaning.offers.winning().first()
    if chosen and chosen.cleaning_version != cleaning.version:
        found.append("the accepted offer was made for another version")
    found += broken_chains(cleaning) + answers_to_nothing(cleaning) + changes_without_a_job(cleaning)
    return found + broken_reservation(cleaning)


def broken_chains(cleaning: Cleaning) -> list[str]:
    """Where the events of the cleaning or of one of its offers leave a gap, or end elsewhere than the row."""
    ends = {None: cleaning.status} | dict(cleaning.offers.values_list("cleaner", "status"))
    found = []
    for cleaner, end in ends.items():
        # A look at somebody's contact takes no lock, and may stand behind a move that came at the same moment.
        moves = cleaning.events.about(cleaner).moves().order_by("pk")
        steps = list(moves.values_list("from_status", "to_status"))
        reached = [""] + [to for _, to in steps]
        if [start for start, _ in steps] != reached[:-1] or reached[-1] != end:
            found.append(f"the steps {steps} of {cleaner or 'the cleaning'} do not lead to {end}")
    return found


def changes_without_a_job(cleaning: Cleaning) -> list[str]:
    changes = Change.objects.open().filter(offer__cleaning=cleaning)
    found = [f"an open change of {each.offer}, {each.offer.status}" for each in changes if not is_agreed(each.offer)]
    return found + ([f"{len(changes)} open changes"] if len(changes) > 1 else [])


def is_agreed(offer: Offer) -> bool:
    return offer.status == OfferStatus.ACCEPTED


def terms_nobody_agreed_on(cleaning: Cleaning) -> dict:
    """What of the chosen offer and its cleaning is not what the timeline has led to since the offer was accepted."""
    offer = Offer.objects.winning().with_cleaning().filter(cleaning=cleaning).first()
    if offer is None:
        return {}
    accepted, *later = cleaning.events.moves().filter(
        pk__gte=cleaning.events.filter(kind=Kind.ACCEPT, cleaner=None).latest("pk").pk
    ).order_by("pk")  # fmt: skip
    terms = accepted.terms | {"hourly_rate": offer_events(later, offer, Kind.ACCEPT)[0].terms["hourly_rate"]}
    for event in offer_events(later, offer, Kind.AGREE):
        terms |= event.terms["after"] | {"version": terms["version"] + 1}
    agreed = cleaned(terms) | {"version": terms["version"]}
    current = cleaned(offer.cleaning.terms | {"hourly_rate": f"{offer.hourly_rate}"}) | {
        "version": offer.cleaning_version
    }
    return {name: (agreed[name], current[name]) for name in agreed if agreed[name] != current[name]}


def offer_events(events: list[Event], offer: Offer, kind: Kind) -> list[Event]:
    return [event for event in events if (event.cleaner_id, event.kind) == (offer.cleaner_id, kind)]


def cleaned(terms: dict) -> dict:
    facts = {name: value for name, value in terms.items() if name in TERMS}
    return Cleaning.cleaned(facts, exclude=set(FIELDS) - set(facts))


def answers_to_nothing(cleaning: Cleaning) -> list[str]:
    """Where somebody answered a no-show twice, or one of which nobody had spoken."""
    answers = list(cleaning.events.filter(kind=Kind.ANSWER).values_list("cleaner", "actor"))
    found = [f"{answers.count(each)} answers of {each}" for each in set(answers) if answers.count(each) > 1]
    for offer in cleaning.offers.all():
        sides = (offer.cleaner, cleaning.owner)
        wrong = [one for one in sides if (offer.cleaner_id, one.pk) in answers and not offer.is_said_absent(one)]
        found += [f"{person} answers what nobody said" for person in wrong]
    return found


def broken_reservation(cleaning: Cleaning) -> list[str]:
    """Where a cleaning is reserved and something else, too, or opened to everyone twice."""
    found = []
    if cleaning.reserved_until and not cleaning.is_open:
        found.append(f"reserved while it is {cleaning.status}")
    if cleaning.reserved_until and cleaning.was_declined_by(cleaning.reserved_for):
        found.append("reserved for somebody who has declined")
    if cleaning.events.filter(kind=Kind.UNRESERVE).count() > 1:
        found.append("opened to everyone twice")
    decliners = cleaning.events.filter(kind=Kind.PASS).values("actor")
    if not cleaning.is_public and cleaning.offers.pending().filter(cleaner__in=decliners).exists():
        found.append("a pending offer of somebody who has declined")
    return found
