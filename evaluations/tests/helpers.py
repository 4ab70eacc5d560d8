"""The two sides of a job, saying what they think of each other, and the staff who may hide it."""

from django.contrib.auth.models import Permission

from evaluations.models import Evaluation
from marketplace.testing import create_user


def owner_writes(offer, **said):
    return Evaluation.write(offer, by=offer.cleaning.owner, **{"overall_rating": 4} | said)


def cleaner_writes(offer, **said):
    return Evaluation.write(offer, by=offer.cleaner, **{"overall_rating": 5} | said)


def support():
    member = create_user("sam", is_staff=True)
    member.user_permissions.add(Permission.objects.get(codename="hide_evaluation"))
    return member
