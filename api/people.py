from typing import Any

from django.db.models import Avg, Count, Max, Min, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from accounts.models import User
from api.answers import answer, page, require_match, tagged
from api.authentication import ACTS, READS, READS_PUBLIC, MemberRequest, PublicRequest
from api.representations import evaluation_data, me_data, person_data
from api.schemas import Evaluations, Me, Person, Profile, Stats, problems
from core.paging import Segment
from core.transactions import atomic
from evaluations.models import RATINGS, Stars

router = Router(tags=["People"])


def get_person(username: str) -> User:
    return get_object_or_404(User.objects.filter(is_active=True).select_related("profile"), username=username)


def own_data(user: User) -> dict[str, Any]:
    return me_data(user, user.notifications.unread().count())


@router.get("/me/", auth=READS, response={200: Me, 304: None}, url_name="me")
def read_me(request: MemberRequest) -> HttpResponse:
    """Read your own profile, with what only you see."""
    return tagged(request, own_data(request.auth))


@router.patch("/me/", auth=ACTS, response={200: Me, **problems(412)}, url_name="me")
@atomic
def change_me(request: MemberRequest, payload: Profile) -> HttpResponse:
    """Change your profile. Only what is sent changes."""
    user, changes = request.auth, payload.sent
    user.lock()
    user.profile.refresh_from_db()
    require_match(request, own_data(user))
    for name, value in changes.items():
        setattr(user.profile, name, value)
    user.profile.clean_fields(exclude={field.name for field in user.profile._meta.fields} - set(changes))
    user.profile.save_changes(changes)
    return tagged(request, own_data(user))


@router.get("/people/{username:username}/", auth=READS_PUBLIC, response={200: Person, 304: None})
def read_person(request: PublicRequest, username: str) -> HttpResponse:
    """Read a member’s profile, as everyone sees it."""
    return tagged(request, person_data(get_person(username), request.auth))


@router.get(
    "/people/{username:username}/evaluations/",
    auth=READS_PUBLIC,
    response={200: Evaluations},
)
def list_evaluations(request: PublicRequest, username: str, after: str = "") -> HttpResponse:
    """List the reviews of a member, the latest first."""
    person = get_person(username)
    published = person.evaluations.published().with_people().with_answers().select_related("subject__profile")
    segment = Segment(published, ("publishes_at",), is_descending=True)
    return page(request, [segment], lambda evaluation: evaluation_data(evaluation, request.auth))


@router.get(
    "/people/{username:username}/evaluations/stats/",
    auth=READS_PUBLIC,
    response={200: Stats},
)
def read_stats(request: PublicRequest, username: str) -> HttpResponse:
    """Read what the reviews of a member add up to."""
    return answer(stats_of(get_person(username).evaluations.counted()))


def stats_of(evaluations: QuerySet) -> dict[str, Any]:
    found = evaluations.aggregate(
        evaluations=Count("pk"),
        no_shows=Count("pk", filter=Q(no_show=True)),
        **{f"stars_{stars}": Count("pk", filter=Q(overall_rating=stars)) for stars in Stars.values},
        **{f"{name}_average": Avg(name) for name in RATINGS},
        **{f"{name}_lowest": Min(name) for name in RATINGS},
        **{f"{name}_highest": Max(name) for name in RATINGS},
    )
    return {
        "evaluations": found["evaluations"],
        "no_shows": found["no_shows"],
        "stars": {f"{stars}": found[f"stars_{stars}"] for stars in Stars.values},
        **{name: {part: found[f"{name}_{part}"] for part in ("average", "lowest", "highest")} for name in RATINGS},
    }
