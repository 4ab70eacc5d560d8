"""What can be reported, why, and what staff may decide; imports no model."""

from datetime import timedelta

from django.db.models import TextChoices


class SubjectKind(TextChoices):
    CLEANING = "cleaning", "job"
    PHOTO = "photo", "photo"
    OFFER = "offer", "offer"
    QUESTION = "question", "question"
    MESSAGE = "message", "message"
    EVALUATION = "evaluation", "review"
    PROFILE = "profile", "profile"


class Reason(TextChoices):
    ILLEGAL = "illegal", "It’s against the law"
    DANGEROUS = "dangerous", "Someone could get hurt"
    HARASSMENT = "harassment", "It insults, threatens or harasses someone"
    SCAM = "scam", "It’s a scam or an attempt to cheat someone"
    PERSONAL_DATA = "personal_data", "It gives away someone’s personal data"
    DISCRIMINATION = "discrimination", "It discriminates against people"
    NOT_A_JOB = "not_a_job", "It isn’t about a cleaning job"
    OTHER = "other", "Something else"


# On top of the queue.
URGENT = (Reason.DANGEROUS, Reason.HARASSMENT, Reason.ILLEGAL)


class ReportStatus(TextChoices):
    NEW = "new", "New"
    TAKEN = "taken", "Taken"
    DECIDED = "decided", "Decided"
    APPEALED = "appealed", "Appealed"
    SETTLED = "settled", "Settled"


UNDECIDED = (ReportStatus.NEW, ReportStatus.TAKEN)
# What waits for staff.
OPEN = (*UNDECIDED, ReportStatus.APPEALED)


class Outcome(TextChoices):
    NOTHING = "nothing", "Nothing is removed"
    HIDE = "hide", "It is hidden"
    CLOSE = "close", "The job is closed"
    DEACTIVATE = "deactivate", "The account is deactivated"


# Mildest first.
RESTRICTIONS = (Outcome.HIDE, Outcome.CLOSE, Outcome.DEACTIVATE)


class Side(TextChoices):
    REPORTER = "reporter", "the person who reported"
    ACCUSED = "accused", "the person it is about"


LEAST_CHARACTERS, MOST_CHARACTERS = 20, 2000
# Six months are 184 days at most, and an hour where summer time ends meanwhile.
APPEALED_WITHIN = timedelta(days=185)
# After the settlement, or after the last day on which a decision could be appealed.
KEPT_FOR = timedelta(days=365)
