"""The log: one line an entry, whatever was typed."""

import json
import logging
import sys

from marketplace.logs import JsonFormatter


def formatted(message, level=logging.WARNING, exc_info=None):
    record = logging.LogRecord("django.request", level, "", 0, message, (), exc_info)
    return JsonFormatter().format(record)


def test_a_line_break_forges_no_second_line():
    line = formatted('Not Found: /x\n{"level": "INFO"}')
    assert "\n" not in line
    assert json.loads(line)["message"] == 'Not Found: /x\n{"level": "INFO"}'


def test_only_errors_carry_a_traceback():
    try:
        raise ValueError("broken")
    except ValueError:
        lines = {level: json.loads(formatted("x", level, sys.exc_info())) for level in (logging.WARNING, logging.ERROR)}
    assert "traceback" not in lines[logging.WARNING]
    assert "ValueError: broken" in lines[logging.ERROR]["traceback"]


def test_no_line_holds_a_key_of_an_account():
    places = ("/accounts/password/reset/key/", "/accounts/confirm-email/", "/notifications/unsubscribe/")
    line = formatted(f"Not Found: {' '.join(f'{place}a-secret-key/' for place in places)}")
    assert json.loads(line)["message"] == f"Not Found: {' '.join(f'{place}.../' for place in places)}"
