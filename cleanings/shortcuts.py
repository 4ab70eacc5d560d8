from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from accounts.models import User
from cleanings.models import Cleaning


def visible_or_404(found: Cleaning | None, reader: User | AnonymousUser) -> Cleaning:
    if found is None or not found.is_visible_to(reader):
        raise Http404
    return found
