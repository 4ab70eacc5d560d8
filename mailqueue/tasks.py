import django
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

if django.VERSION >= (6, 0):
    from django.tasks import task
else:
    from django_tasks import task  # type: ignore[no-redef]


@task
def deliver(**fields) -> None:
    """Send one message by `MAIL_TRANSPORT`; `EMAIL_BACKEND` would put it into the queue again."""
    EmailMultiAlternatives(**fields, connection=get_connection(settings.MAIL_TRANSPORT)).send()
