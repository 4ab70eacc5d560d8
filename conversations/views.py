from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import FormView

from cleanings.states import IllegalMove
from cleanings.views import VerbFormMixin
from conversations import notices
from conversations.forms import MessageForm
from conversations.models import Message
from core.paging import Segment
from core.views import KeysetListView
from offers.mixins import OfferMixin
from offers.models import Offer


class MessageListView(OfferMixin, VerbFormMixin, KeysetListView, FormView):
    """Opening it marks as read what tells of the messages; the other side does not see that."""

    form_class = MessageForm
    template_name = "conversations/message_list.html"

    @cached_property
    def offer(self) -> Offer:
        return self.get_object()

    def get_segments(self) -> list[Segment]:
        return [Segment(self.offer.messages.with_author(), ("pk",), is_descending=True)]

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(
            offer=self.offer,
            other=self.offer.other_side(self.request.user),
            why_not=Message.why_not(self.offer, self.request.user),
            read_until=Message.read_until(self.offer),
            **kwargs,
        )

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if why_not := Message.why_not_read(self.offer, request.user):
            raise IllegalMove(why_not)
        unread = notices.unread(request.user, self.offer)
        # Before the messages are read from the database, so that one that comes meanwhile stays unread.
        if request.method == "GET" and unread.exists():
            unread.mark_read()
        return super().get(request, *args, **kwargs)

    def form_invalid(self, form: MessageForm) -> HttpResponse:
        if why_not := Message.why_not(self.offer, self.request.user):
            raise IllegalMove(why_not)
        return super().form_invalid(form)

    def carry_out(self, form: MessageForm) -> HttpResponse:
        Message.say(self.offer, by=self.request.user, text=form.cleaned_data["text"])
        messages.success(self.request, "Your message is sent.")
        return redirect(notices.messages_url(self.offer))
