"""What must hold of a cleaning and its offers after whatever happened to them."""

from collections.abc import Iterable

from cleanings.models import Cleaning
from cleanings.states import Kind
from offers.changes import Change
from pages.integrity import bargain, terms
from pages.integrity.rule import Rule

PATHS = {Cleaning: "pk", Change: "offer__cleaning"}


def contradictions(cleaning: Cleaning) -> list[str]:
    """The sentence of each rule that this cleaning, its offers or its timeline break."""
    return broken(cleaning, (*bargain.RULES, *terms.OF_CHANGES)) + answers_to_nothing(cleaning)


def terms_nobody_agreed_on(cleaning: Cleaning) -> list[str]:
    return broken(cleaning, terms.OF_TERMS)


def broken(cleaning: Cleaning, rules: Iterable[Rule]) -> list[str]:
    found = {rule.sentence: rule.find() for rule in rules}
    of_cleaning = {name: rows.filter((PATHS.get(rows.model, "cleaning"), cleaning.pk)) for name, rows in found.items()}
    return [name for name, rows in of_cleaning.items() if rows.exists()]


def answers_to_nothing(cleaning: Cleaning) -> list[str]:
    """Where somebody answered a no-show twice, or one of which nobody had spoken."""
    answers = list(cleaning.events.filter(kind=Kind.ANSWER).values_list("cleaner", "actor"))
    found = [f"{answers.count(each)} answers of {each}" for each in set(answers) if answers.count(each) > 1]
    for offer in cleaning.offers.all():
        sides = (offer.cleaner, cleaning.owner)
        wrong = [one for one in sides if (offer.cleaner_id, one.pk) in answers and not offer.is_said_absent(one)]
        found += [f"{person} answers what nobody said" for person in wrong]
    return found
