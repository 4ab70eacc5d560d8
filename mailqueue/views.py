from django.contrib.auth.decorators import login_not_required
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from mailqueue.mailbox import kept_mails


# An address is confirmed before the first log-in.
@method_decorator([login_not_required, never_cache], name="dispatch")
class MailboxView(TemplateView):
    template_name = "mailqueue/mailbox.html"

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(mails=kept_mails(), **kwargs)
