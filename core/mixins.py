from collections.abc import Collection

from django.core.exceptions import PermissionDenied


class PredicateMixin:
    """Answer 404 outside the queryset, and 403 where the method that `predicate` names returns False for the user."""

    predicate: str

    def get_object(self, queryset=None):
        found = super().get_object(queryset)
        if not getattr(found, self.predicate)(self.request.user):
            raise PermissionDenied
        return found


class CheckedOnWritingMixin:
    """For models whose fields validate all that their constraints say of what people type.

    Forms leave the constraints to the database, because Django would run a query for each of them.
    """

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        pass
