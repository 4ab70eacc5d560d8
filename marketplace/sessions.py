"""What each request of a member begins with, by one statement: session, member, profile, and what the header counts."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.db import connection
from django.db.models.expressions import Col
from django.utils import timezone

from accounts.models import Profile, User
from core import sessions

MEMBER, PROFILE = User._meta.concrete_fields, Profile._meta.concrete_fields
COLUMNS = [*(field.get_col("member") for field in MEMBER), *(field.get_col("profile") for field in PROFILE)]
# By hand, because no foreign key leads from a session to its member: the database reads whose it is in the list of each
# member's sessions, and a session that is not listed has to be read too.
STATEMENT = f"""
    SELECT session.session_data,
        (SELECT count(*) FROM notifications_notification WHERE recipient_id = member.id AND read_at IS NULL),
        {", ".join(f"{column.alias}.{column.target.column}" for column in COLUMNS)}
    FROM django_session session
    LEFT JOIN usersessions_usersession listed ON listed.session_key = session.session_key
    LEFT JOIN accounts_user member ON member.id = listed.user_id
    LEFT JOIN accounts_profile profile ON profile.user_id = member.id
    WHERE session.session_key = %s AND session.expire_date > %s
"""  # noqa: S608 - names of columns


class SessionStore(sessions.SessionStore):
    """`member` is whose the session is by that list; whether they are logged in is for Django to check."""

    member: User | None = None

    def load(self) -> dict:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(STATEMENT, [self.session_key, now])
            row = cursor.fetchone()
        if not row:
            return super().load()
        data, unread_count, *values = row
        self.member = member_of(values)
        if self.member:
            self.member.unread_count = unread_count
        return self.decode(data)

    def cycle_key(self) -> None:
        """The list of the member's sessions follows: what it does not name could not be ended."""
        before = self.session_key
        super().cycle_key()
        if before:
            UserSession.objects.filter(session_key=before).update(session_key=self.session_key)


def member_of(values: list[Any]) -> User | None:
    """With their profile, both as a queryset makes them of their rows; None where the session is not listed."""
    if None in (values[0], values[len(MEMBER)]):
        return None
    if connection.vendor == "sqlite":
        # It has neither times nor booleans.
        values = [converted(value, column) for value, column in zip(values, COLUMNS, strict=True)]
    member = User.from_db(connection.alias, [field.attname for field in MEMBER], values[: len(MEMBER)])
    profile = Profile.from_db(connection.alias, [field.attname for field in PROFILE], values[len(MEMBER) :])
    member.profile = profile
    return member


def converted(value: Any, column: Col) -> Any:
    for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)):
        value = convert(value, column, connection)
    return value
