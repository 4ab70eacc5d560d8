from django.core.exceptions import PermissionDenied


class PredicateMixin:
    """Answer 404 for what the view's queryset does not hold, and 403 where the predicate says no.

    `predicate` names a method of the object that takes a user and says whether they may do what the page is for.
    """

    predicate: str

    def get_object(self, queryset=None):
        found = super().get_object(queryset)
        if not getattr(found, self.predicate)(self.request.user):
            raise PermissionDenied
        return found
