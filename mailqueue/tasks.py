import django
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

if django.VERSION >= (6, 0):
    from django.tasks import task
else:
    from django_tasks import task  # type: ignore[no-redef]


@task
def deliver(**fields) -> None:
    """Send by `MAIL_TRANSPORT`, because `EMAIL_BACKEND` would queue the message again."""
    EmailMultiAlternatives(**fields, connection=get_connection(settings.MAIL_TRANSPORT)).send()
