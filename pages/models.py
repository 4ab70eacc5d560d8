from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.urls import reverse
from django.utils import timezone

KEPT_FOR = timedelta(days=90)


class IntegrityCheckQuerySet(models.QuerySet["IntegrityCheck"]):
    def last_run(self) -> IntegrityCheck | None:
        return self.order_by("-pk").first()

    def record(self, **facts) -> IntegrityCheck:
        self.filter(started_at__lt=timezone.now() - KEPT_FOR).delete()
        return self.create(**facts)


class IntegrityCheck(models.Model):
    """A run of `manage.py check_integrity`."""

    started_at = models.DateTimeField("started", default=timezone.now)
    seconds = models.FloatField()
    # A line for each rule that is broken, with ids and without anybody's words.
    findings = models.JSONField()

    objects = IntegrityCheckQuerySet.as_manager()

    class Meta:
        verbose_name = "nightly check"

    def __str__(self) -> str:
        return f"Nightly check {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("admin:pages_integritycheck_change", args=[self.pk])

    @property
    def is_fine(self) -> bool:
        return not self.findings
