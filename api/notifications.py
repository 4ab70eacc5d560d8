from django.http import HttpResponse
from ninja import Router

from api.answers import address_after, answer
from api.authentication import READS, MemberRequest
from api.representations import notification_data
from api.schemas import Notifications
from core.paging import KeysetPage, Segment
from notifications.threads import reword

router = Router(tags=["Notifications"])


@router.get("/", auth=READS, response={200: Notifications}, url_name="notifications")
def list_notifications(request: MemberRequest, after: str = "") -> HttpResponse:
    """List your notifications, the newest first. This marks none of them as read."""
    segment = Segment(request.auth.notifications.with_event(), ("created_at",), is_descending=True)
    listing = KeysetPage([segment], after)
    rows = listing.rows
    reword(rows)
    return answer(
        {
            "results": [notification_data(row) for row in rows],
            "next": address_after(request, listing.next),
            "previous": address_after(request, listing.previous),
        }
    )
