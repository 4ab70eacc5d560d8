from django import template
from django.contrib.auth.models import AnonymousUser
from django.template import Context
from django.utils.http import urlencode

from accounts.hiding import Hideable
from accounts.models import Profile, User
from conversations.models import Question
from core.addresses import address
from evaluations.models import Evaluation
from reports.choices import SubjectKind
from reports.sentences import SENTENCES
from reports.subjects import ANSWER

register = template.Library()


@register.inclusion_tag("reports/_link.html", takes_context=True)
def report_link(context: Context, row: Hideable | Evaluation) -> dict:
    """Empty for one's own words, and for what is hidden already."""
    if row.is_hidden or is_own(row, context["user"]):
        return {}
    kind = SubjectKind(row._meta.model_name or "")
    key = row.user.username if isinstance(row, Profile) else row.pk
    return {"url": url_of(f"{kind}-{key}"), "label": SENTENCES[kind].report}


@register.inclusion_tag("reports/_link.html", takes_context=True)
def report_answer_link(context: Context, question: Question) -> dict:
    if question.is_hidden or question.is_put_to(context["user"]):
        return {}
    return {"url": url_of(f"{ANSWER}-{question.pk}"), "label": SENTENCES[ANSWER].report}


def url_of(reference: str) -> str:
    return f"{address('reports:create')}?{urlencode({'of': reference})}"


def is_own(row: Hideable | Evaluation, user: User | AnonymousUser) -> bool:
    return user.pk == (row.author_id if isinstance(row, Evaluation) else row.author_pk)
