"""What a page, mail or notification says of each kind that can be reported: whole sentences, a row for each kind."""

from dataclasses import dataclass

from reports.choices import Outcome, SubjectKind
from reports.subjects import ANSWER


@dataclass(frozen=True)
class Sentences:
    """`receipt` and `reported` take the day as {day}; the two tables hold what can be decided about this kind."""

    report: str
    receipt: str
    reported: str
    decision: str
    looked_again: str
    copied: str
    to_accused: dict[Outcome, str]
    to_reporter: dict[Outcome, str]


ACCOUNT_ENDED = "We deactivated your account. You can’t log in, and your open jobs and offers have ended."

SENTENCES: dict[str, Sentences] = {
    SubjectKind.CLEANING: Sentences(
        report="Report this job",
        receipt="We have your report of {day} about a job.",
        reported="You reported a job on {day}.",
        decision="Our decision about your job",
        looked_again="We looked again at your job",
        copied="This is what your job said:",
        to_accused={
            Outcome.NOTHING: "We found nothing wrong with your job.",
            Outcome.HIDE: "We hid your job. Others read “Hidden by our staff” in its place.",
            Outcome.CLOSE: "We closed your job, so nobody can make an offer for it any more.",
            Outcome.DEACTIVATE: ACCOUNT_ENDED,
        },
        to_reporter={
            Outcome.NOTHING: "We looked at the job that you reported and left it as it is.",
            Outcome.HIDE: "We hid the job that you reported.",
            Outcome.CLOSE: "We closed the job that you reported.",
            Outcome.DEACTIVATE: "We deactivated the account of the person who posted the job that you reported.",
        },
    ),
    SubjectKind.PHOTO: Sentences(
        report="Report this photo",
        receipt="We have your report of {day} about a photo.",
        reported="You reported a photo on {day}.",
        decision="Our decision about your photo",
        looked_again="We looked again at your photo",
        copied="This is what your photo shows, in your words:",
        to_accused={
            Outcome.NOTHING: "We found nothing wrong with your photo.",
            Outcome.HIDE: "We hid your photo. Others read “Hidden by our staff” in its place.",
            Outcome.DEACTIVATE: ACCOUNT_ENDED,
        },
        to_reporter={
            Outcome.NOTHING: "We looked at the photo that you reported and left it as it is.",
            Outcome.HIDE: "We hid the photo that you reported.",
            Outcome.DEACTIVATE: "We deactivated the account of the person who added the photo that you reported.",
        },
    ),
    SubjectKind.OFFER: Sentences(
        report="Report this offer",
        receipt="We have your report of {day} about an offer.",
        reported="You reported an offer on {day}.",
        decision="Our decision about your offer",
        looked_again="We looked again at your offer",
        copied="This is what your offer said:",
        to_accused={
            Outcome.NOTHING: "We found nothing wrong with your offer.",
            Outcome.HIDE: "We hid the message of your offer. Others read “Hidden by our staff” in its place.",
            Outcome.DEACTIVATE: ACCOUNT_ENDED,
        },
        to_reporter={
            Outcome.NOTHING: "We looked at the offer that you reported and left it as it is.",
            Outcome.HIDE: "We hid the message of the offer that you reported.",
            Outcome.DEACTIVATE: "We deactivated the account of the person who made the offer that you reported.",
        },
    ),
    SubjectKind.QUESTION: Sentences(
        report="Report this question",
        receipt="We have your report of {day} about a question.",
        reported="You reported a question on {day}.",
        decision="Our decision about your question",
        looked_again="We looked again at your question",
        copied="This is your question, with the answer if there was one:",
        to_accused={
            Outcome.NOTHING: "We found nothing wrong with your question.",
            Outcome.HIDE: "We hid your question. Others read “Hidden by our staff” in its place.",
            Outcome.DEACTIVATE: ACCOUNT_ENDED,
        },
        to_reporter={
            Outcome.NOTHING: "We looked at the question that you reported and left it as it is.",
            Outcome.HIDE: "We hid the question that you reported.",
            Outcome.DEACTIVATE: "We deactivated the account of the person who asked the question that you reported.",
        },
    ),
    ANSWER: Sentences(
        report="Report this answer",
        receipt="We have your report of {day} about an answer.",
        reported="You reported an answer on {day}.",
        decision="Our decision about your answer",
        looked_again="We looked again at your answer",
        copied="This is your answer, with its question:",
        to_accused={
            Outcome.NOTHING: "We found nothing wrong with your answer.",
            Outcome.HIDE: "We hid your answer. Others read “Hidden by our staff” in its place.",
            Outcome.DEACTIVATE: ACCOUNT_ENDED,
        },
        to_reporter={
            Outcome.NOTHING: "We looked at the answer that you reported and left it as it is.",
            Outcome.HIDE: "We hid the answer that you reported.",
            Outcome.DEACTIVATE: "We deactivated the account of the person who wrote the answer that you reported.",
        },
    ),
    SubjectKind.MESSAGE: Sentences(
        report="Report this message",
        receipt="We have your report of {day} about a message.",
        reported="You reported a message on {day}.",
        decision="Our decision about your message",
        looked_again="We looked again at your message",
        copied="This is what your message said:",
        to_accused={
            Outcome.NOTHING: "We found nothing wrong with your message.",
            Outcome.HIDE: "We hid your message. Others read “Hidden by our staff” in its place.",
            Outcome.DEACTIVATE: ACCOUNT_ENDED,
        },
        to_reporter={
            Outcome.NOTHING: "We looked at the message that you reported and left it as it is.",
            Outcome.HIDE: "We hid the message that you reported.",
            Outcome.DEACTIVATE: "We deactivated the account of the person who wrote the message that you reported.",
        },
    ),
    SubjectKind.EVALUATION: Sentences(
        report="Report this review",
        receipt="We have your report of {day} about a review.",
        reported="You reported a review on {day}.",
        decision="Our decision about your review",
        looked_again="We looked again at your review",
        copied="This is what your review said:",
        to_accused={
            Outcome.NOTHING: "We found nothing wrong with your review.",
            Outcome.HIDE: "We hid your review. Others read “Hidden by our staff” in its place.",
            Outcome.DEACTIVATE: ACCOUNT_ENDED,
        },
        to_reporter={
            Outcome.NOTHING: "We looked at the review that you reported and left it as it is.",
            Outcome.HIDE: "We hid the review that you reported.",
            Outcome.DEACTIVATE: "We deactivated the account of the person who wrote the review that you reported.",
        },
    ),
    SubjectKind.PROFILE: Sentences(
        report="Report this profile",
        receipt="We have your report of {day} about a profile.",
        reported="You reported a profile on {day}.",
        decision="Our decision about your profile",
        looked_again="We looked again at your profile",
        copied="This is what your profile said:",
        to_accused={
            Outcome.NOTHING: "We found nothing wrong with your profile.",
            Outcome.HIDE: "We hid your profile. Others read your username, and “Hidden by our staff” below it.",
            Outcome.DEACTIVATE: ACCOUNT_ENDED,
        },
        to_reporter={
            Outcome.NOTHING: "We looked at the profile that you reported and left it as it is.",
            Outcome.HIDE: "We hid the profile that you reported.",
            Outcome.DEACTIVATE: "We deactivated the account of the person whose profile you reported.",
        },
    ),
}
