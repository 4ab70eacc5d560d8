from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import UserManager
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.email_addresses import normalize_email
from accounts.password_validation import normalize_password
from core.transactions import atomic

if TYPE_CHECKING:
    from accounts.models import User


class MemberManager(UserManager["User"]):
    use_in_migrations = False

    def abandoned(self) -> models.QuerySet:
        expired = timezone.now() - timedelta(days=settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS)
        return self.unconfirmed().filter(date_joined__lt=expired)

    def unconfirmed(self) -> models.QuerySet:
        addresses = EmailAddress.objects.filter(user=models.OuterRef("pk"))
        return self.filter(
            models.Exists(addresses),
            ~models.Exists(addresses.filter(verified=True)),
            last_login__isnull=True,
            is_active=True,
            is_staff=False,
        )

    @atomic
    def correct_email(self, user: User, email: str) -> EmailAddress | None:
        """Return None if the address is confirmed; make a placeholder if another account has the given one."""
        waiting = self.unconfirmed().select_for_update(no_key=True).filter(pk=user.pk)
        if not waiting.exists():
            return None
        email = normalize_email(email)
        if address := EmailAddress.objects.filter(user=user, email=email).first():
            return address
        EmailAddress.objects.filter(user=user).delete()
        self.delete_unreferenced(self.abandoned().filter(email__iexact=email))
        try:
            with transaction.atomic():
                self.filter(pk=user.pk).update(email=email)
        except IntegrityError:
            self.filter(pk=user.pk).update(email="")
        return EmailAddress.objects.create(user_id=user.pk, email=email, primary=True)

    def delete_unreferenced(self, people: models.QuerySet) -> None:
        for person in people:
            with suppress(models.ProtectedError), transaction.atomic():
                person.delete()

    def create_user(self, username, email=None, password=None, **extra_fields) -> User:
        return super().create_user(username, email, password and normalize_password(password), **extra_fields)

    def create_superuser(self, username, email=None, password=None, **extra_fields) -> User:
        """Confirms the address, because nobody else could let the first superuser log in."""
        unsaved = self.model(username=username, email=normalize_email(email or ""), **extra_fields)
        unsaved.validate_unique()
        unsaved.validate_constraints()
        password = password and normalize_password(password)
        try:
            with transaction.atomic():
                user = super().create_superuser(username, email, password, **extra_fields)
                user.confirm_email()
        except IntegrityError as error:
            # It was taken since the check, or an account has confirmed the address without using it.
            raise ValidationError("Someone has this username or this e-mail address already.") from error
        return user

    def bulk_create(self, *args, **kwargs):
        raise TypeError("Make people one by one: each comes with a profile.")

    def lock_active(self, people) -> list[int]:
        """Lock by ascending id until the transaction ends; return the ids of active accounts."""
        rows = self.select_for_update(no_key=True).filter(pk__in=people, is_active=True).order_by("pk")
        return list(rows.values_list("pk", flat=True))
