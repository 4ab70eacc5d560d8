"""The task's path in rows that earlier versions queued: a worker imports it to send them."""

from mailqueue.tasks import deliver

__all__ = ["deliver"]
