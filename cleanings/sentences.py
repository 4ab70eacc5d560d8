"""Why a move is not possible, and what a status means; imports no model."""

from cleanings.states import ChangeStatus, CleaningStatus, Condition, OfferStatus, Role

CLEANING_STATUS = {
    CleaningStatus.OPEN: "Nobody is chosen at the moment.",
    CleaningStatus.ASSIGNED: "Someone has been chosen.",
    CleaningStatus.COMPLETED: "This job is done.",
    CleaningStatus.CLOSED: "This job was closed.",
}
# By the status of the offer; None is an offer that nobody has made.
OFFER_STATUS = {
    None: "There is no such offer yet.",
    OfferStatus.PENDING: "This offer is waiting for an answer.",
    OfferStatus.ACCEPTED: "This offer has been accepted.",
    OfferStatus.REJECTED: "This offer has been turned down.",
    OfferStatus.CANCELLED: "This job has been cancelled.",
    OfferStatus.RESCINDED: "This offer has been withdrawn.",
    OfferStatus.COMPLETED: CLEANING_STATUS[CleaningStatus.COMPLETED],
}
OWN_OFFER_STATUS = OFFER_STATUS | {
    OfferStatus.PENDING: "You already have an offer on this job. You can change it.",
    OfferStatus.REJECTED: "The owner turned down your offer.",
    OfferStatus.CANCELLED: "Your job here was cancelled, so you can’t offer on it again.",
}
UNMET_CONDITION = {
    Condition.NOT_HIDDEN: "Our staff have hidden this job. For now it takes no offers, and none can be accepted.",
    Condition.TAKES_OFFERS: "The start has passed, so the job takes no more offers.",
    Condition.STARTED: "The job hasn’t started yet. You can mark it as done once it has.",
    Condition.CURRENT: "The job changed after this offer was made, so the cleaner has to keep it first.",
    Condition.CLEANER_ACTIVE: "The member who made this offer has closed their account.",
    Condition.OPEN_TO_CLEANER: "This invitation is over, so you can’t make an offer.",
    Condition.OUTDATED: "This offer is already for the job as it is now. There’s nothing more to do.",
}
# By the role of the reader, who has not made the block.
OVER_BLOCK = {
    Role.CLEANER: "You can’t make an offer on this job.",
    Role.OWNER: "This offer can’t be accepted.",
}

OFFER_MEANING = {
    OfferStatus.PENDING: "Not answered yet.",
    OfferStatus.ACCEPTED: "The job is agreed.",
    OfferStatus.REJECTED: "If the accepted offer falls through, this one is back in play.",
    OfferStatus.CANCELLED: "The job fell through.",
    OfferStatus.RESCINDED: "It can’t be accepted any more.",
    OfferStatus.COMPLETED: "The job went ahead as agreed.",
}
REJECTED_OFFER_MEANING = {
    CleaningStatus.COMPLETED: "Someone else did the job.",
    CleaningStatus.CLOSED: CLEANING_STATUS[CleaningStatus.CLOSED],
}

CHANGE_STATUS = {
    ChangeStatus.OPEN: "This change is waiting for an answer.",
    ChangeStatus.AGREED: "This change is agreed.",
    ChangeStatus.DECLINED: "This change has been declined.",
    ChangeStatus.WITHDRAWN: "This change has been withdrawn, or replaced by another one.",
    ChangeStatus.EXPIRED: "The time to answer this change has run out.",
}
DELETED = "The owner has deleted this job."
CHANGE_OUTDATED = "The job changed after this was suggested. Look again."
CHANGE_WITH_CLOSED_ACCOUNT = "The other side has closed their account, so nothing can be changed any more."
CHANGE_TO_ANSWER_FIRST = "The other side has suggested a change. Answer that first."
CHANGE_AFTER_START = "The job has started. Only its hours and its rate can still change."
CHANGE_OVER_BLOCK = "You can’t suggest changes to each other."
CHANGE_OF_NOTHING = "That’s what you agreed already. Change at least one thing."

NOT_OPEN = CLEANING_STATUS | {CleaningStatus.CLOSED: "This job is closed."}
HIDDEN_FROM_INVITED = "Our staff have hidden this job, so nobody can be invited to it for now."
HAS_OFFERS = "This job has offers, so it can’t be deleted. You can close it instead."
NO_MORE_PHOTOS = "You can’t add photos to this job now."
PHOTO_OVER_BLOCK = "No photos of this job, and no words about them, can be sent between you."
NOTE_OVER_BLOCK = "You can’t send a note to each other. You can do this without one."
IS_RESERVED = "Someone is invited. You can delete this job once they’ve declined, or close it instead."
NO_SHOW_TOO_EARLY = "The job hasn’t started yet, so nobody has failed to turn up."
