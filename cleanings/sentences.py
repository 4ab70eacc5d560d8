"""Why a move is not possible, and what a status means; imports no model."""

from cleanings.states import ChangeStatus, CleaningStatus, Condition, OfferStatus, Role

CLEANING_STATUS = {
    CleaningStatus.OPEN: "Nobody is chosen at the moment.",
    CleaningStatus.ASSIGNED: "Somebody has been chosen.",
    CleaningStatus.COMPLETED: "This job is done.",
    CleaningStatus.CLOSED: "The owner closed this cleaning.",
}
# By the status of the offer; None is an offer that nobody has made.
OFFER_STATUS = {
    None: "This offer has not been made.",
    OfferStatus.PENDING: "This offer waits for an answer.",
    OfferStatus.ACCEPTED: "This offer has been accepted.",
    OfferStatus.REJECTED: "This offer has been rejected.",
    OfferStatus.CANCELLED: "This job has been cancelled.",
    OfferStatus.RESCINDED: "This offer has been rescinded.",
    OfferStatus.COMPLETED: CLEANING_STATUS[CleaningStatus.COMPLETED],
}
OWN_OFFER_STATUS = OFFER_STATUS | {
    OfferStatus.PENDING: "You have an offer on this cleaning already. You can revise it.",
    OfferStatus.REJECTED: "The owner rejected your offer.",
    OfferStatus.CANCELLED: "Your job here ended; you cannot offer on this cleaning again.",
}
UNMET_CONDITION = {
    Condition.NOT_HIDDEN: "Our staff have hidden this job. For now it takes no offers, and none can be accepted.",
    Condition.TAKES_OFFERS: "The start has passed: no more offers.",
    Condition.STARTED: "The job has not started yet. It can be completed once it has.",
    Condition.CURRENT: "The cleaning changed after this offer was made, so its cleaner has to confirm it first.",
    Condition.CLEANER_ACTIVE: "The member who made this offer has closed the account.",
    Condition.OPEN_TO_CLEANER: "This invitation is over: no more offers.",
    Condition.OUTDATED: "This offer is already for the cleaning as it is now. There is nothing to confirm.",
}
# By the role of the reader, who has not made the block.
OVER_BLOCK = {
    Role.CLEANER: "You can’t make an offer on this job.",
    Role.OWNER: "This offer can’t be accepted.",
}

OFFER_MEANING = {
    OfferStatus.PENDING: "Not answered yet.",
    OfferStatus.ACCEPTED: "The job is agreed.",
    OfferStatus.REJECTED: "If an accepted offer falls through, this one is back in play.",
    OfferStatus.CANCELLED: "The job fell through.",
    OfferStatus.RESCINDED: "Taken back by its cleaner.",
    OfferStatus.COMPLETED: CLEANING_STATUS[CleaningStatus.COMPLETED],
}
REJECTED_OFFER_MEANING = {
    CleaningStatus.COMPLETED: "Somebody else did the job.",
    CleaningStatus.CLOSED: CLEANING_STATUS[CleaningStatus.CLOSED],
}

CHANGE_STATUS = {
    ChangeStatus.OPEN: "This change waits for an answer.",
    ChangeStatus.AGREED: "This change is agreed.",
    ChangeStatus.DECLINED: "This change has been declined.",
    ChangeStatus.WITHDRAWN: "This change has been withdrawn, or replaced by another one.",
    ChangeStatus.EXPIRED: "The time to answer this change has run out.",
}
CHANGE_OUTDATED = "The job changed after this change was suggested. Look again."
CHANGE_WITH_CLOSED_ACCOUNT = "The account of the other side has ended, so nothing can be changed by consent."
CHANGE_TO_ANSWER_FIRST = "The other side has suggested a change. Answer that one first."
CHANGE_AFTER_START = "The job has started. Only its hours and its rate can still be changed."
CHANGE_OVER_BLOCK = "No change can be suggested between you."
CHANGE_OF_NOTHING = "This is what you have agreed already. Change at least one thing."

NOT_OPEN = CLEANING_STATUS | {CleaningStatus.CLOSED: "This cleaning is closed."}
HIDDEN_FROM_INVITED = "Our staff have hidden this job, so nobody can be invited to it for now."
HAS_OFFERS = "This cleaning has offers, so it cannot be deleted. You can close it instead."
NO_MORE_PHOTOS = "You cannot add photos to this job now."
PHOTO_OVER_BLOCK = "No photos of this job, and no words about them, can be sent between you."
NOTE_OVER_BLOCK = "No note can be sent between you. You can do this without one."
IS_RESERVED = "Somebody is invited. You can delete this cleaning once they have declined, or close it instead."
NO_SHOW_TOO_EARLY = "The job has not started yet, so nobody has failed to turn up."
