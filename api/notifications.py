from django.http import HttpResponse
from ninja import Router

from api.answers import page_of
from api.authentication import READS, MemberRequest
from api.representations import notification_data
from api.schemas import Notifications
from core.paging import KeysetPage
from notifications.listing import make_readable, newest

router = Router(tags=["Notifications"])


@router.get("/", auth=READS, response={200: Notifications}, url_name="notifications")
def list_notifications(request: MemberRequest, after: str = "") -> HttpResponse:
    """List your notifications, the newest first. This marks none of them as read."""
    listing = KeysetPage([newest(request.auth.pk)], after)
    make_readable(listing.rows, request.auth)
    return page_of(request, listing, notification_data)
