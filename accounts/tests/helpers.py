"""What the tests of getting in have in common."""

import re

from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache.backends.base import BaseCache
from django.core.mail.backends.base import BaseEmailBackend

from accounts.cache import RedisError
from accounts.models import User
from marketplace.testing import PASSWORD

SIGN_UP = {"username": "maria", "email": "maria@example.org", "password1": PASSWORD}
WAITING = "/accounts/confirm-email/"


class NoPost(BaseEmailBackend):
    """A mail queue that takes nothing."""

    def send_messages(self, email_messages):
        raise OSError("no room in the queue")


class CountingHasher(MD5PasswordHasher):
    """Counts what costs a log-in its time."""

    algorithm = "counting"
    count = 0

    def encode(self, password, salt):
        type(self).count += 1
        return super().encode(password, salt)


def log_in(client, login="maria", password=PASSWORD, next="", **extra):
    return client.post("/accounts/login/", {"login": login, "password": password, "next": next}, **extra)


def is_logged_in(client):
    return "Log out" in client.get("/help/").content.decode()


def sign_up(client, **typed):
    return client.post("/accounts/signup/", SIGN_UP | typed)


def link_in(message):
    """The path of the one link that a mail is about."""
    return re.search(r"http://localhost:8000(/accounts/(?:confirm-email|password/reset/key)/\S+)", message.body)[1]


def subjects():
    return [(message.to, message.subject) for message in mail.outbox]


def create_unconfirmed(username="maria"):
    """Somebody who signed up and never opened the link."""
    user = User.objects.create_user(username, f"{username}@example.org", PASSWORD)
    user.emailaddress_set.create(email=user.email, primary=True)
    return user


class AwayCache(BaseCache):
    """A Redis that does not answer."""

    def __init__(self, location, params):
        super().__init__(params)

    def fail(self, *args, **kwargs):
        raise RedisError("Error 111 connecting to localhost:6379. Connection refused.")

    add = get = set = touch = delete = get_many = clear = fail
