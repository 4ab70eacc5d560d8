"""Who may ask for a page: turns the predicates of the models into 404 and 403."""

from django.core.exceptions import PermissionDenied


class PredicateMixin:
    """Fetch from what the person may see, then ask one predicate of the object: 404 first, then 403.

    `predicate` names a method of the object that takes a user and says whether they may do what the page is for.
    The view's own queryset decides what they may see.
    """

    predicate: str

    def get_object(self, queryset=None):
        found = super().get_object(queryset)
        if not getattr(found, self.predicate)(self.request.user):
            raise PermissionDenied
        return found
