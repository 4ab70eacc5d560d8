from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django_tasks_db import admin as tasks_admin
from django_tasks_db.compat import TaskResultStatus

from core.admin import ReadOnlyAdmin
from mailqueue.models import Mail

PRIVATE = "For its recipient alone"
IS_PRIVATE = {"args_kwargs__kwargs__headers__has_key": "Sensitivity"}

# That module's own pages show the text of mails, with keys of password resets.
admin.site.unregister(tasks_admin.DBTaskResult)


STATUSES = {
    TaskResultStatus.READY: "Waiting",
    TaskResultStatus.RUNNING: "Being sent",
    TaskResultStatus.FAILED: "Failed",
    TaskResultStatus.SUCCESSFUL: "Sent",
}


class StatusFilter(admin.SimpleListFilter):
    title = parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(status.value, label) for status, label in STATUSES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """Shows no text of a mail, and of a private one no recipient: a receipt would name who reported a superuser."""

    list_display = ["recipient", "subject", "status_label", "tries", "last_error", "enqueued_at"]
    list_filter = [StatusFilter]
    search_fields = ["=id", "args_kwargs__kwargs__to"]
    ordering = ["-enqueued_at"]
    fields = readonly_fields = [
        "recipient", "subject", "status_label", "tries", "enqueued_at", "next_try", "last_error", "started_at",
        "finished_at",
    ]  # fmt: skip
    field_labels = {"enqueued_at": "queued", "started_at": "last try began", "finished_at": "ended"}
    actions = ["queue_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        """Superusers see private mails that failed, to queue them again."""
        mails = super().get_queryset(request)
        return mails if request.user.is_superuser else mails.exclude(**IS_PRIVATE)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Mail], search_term: str):
        """A search for an address would find who gets a private one."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return found.exclude(**IS_PRIVATE) if search_term else found, may_repeat

    @admin.display(description="status", ordering="status")
    def status_label(self, mail: Mail) -> str:
        return STATUSES[TaskResultStatus(mail.status)]

    def recipient(self, mail: Mail) -> str:
        return PRIVATE if mail.is_private else mail.recipient

    def subject(self, mail: Mail) -> str:
        return PRIVATE if mail.is_private else mail.subject

    def last_error(self, mail: Mail) -> str:
        """A mail server may quote the address."""
        return mail.last_error.partition(":")[0] if mail.is_private else mail.last_error

    def has_queue_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("mailqueue.change_mail")

    def next_try(self, mail: Mail) -> str:
        at = mail.next_try_at
        return date_format(localtime(at), "DATETIME_FORMAT") if at else "-"

    @admin.action(description="Queue again, for another 24 hours", permissions=["queue"])
    def queue_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        chosen = list(queryset.unsent())
        LogEntry.objects.log_actions(request.user.pk, chosen, CHANGE, "Queued again.")
        count = queryset.queue_again()
        self.message_user(
            request,
            f"{count} of {len(queryset)} queued again. What is sent, or being sent, is left alone.",
            messages.SUCCESS if count else messages.WARNING,
        )
