"""A member's program: Django's test client with a token, which speaks JSON. Every answer is held to openapi.json."""

import json

from django.conf import settings
from django.test import Client

from accounts.access_tokens import AccessToken, Scope
from api.tests.described import assert_described
from marketplace.testing import create_user

ROOT = "/api/v1/"
JOB = {
    "name": "Kitchen",
    "cleaning_type": "spot_clean",
    "area": "kitchen",
    "hourly_rate": "21.50",
    "estimated_hours": 2.5,
    "city": "Ghent",
    "postcode": "9000",
    "street_address": "Hidden Lane 12",
}


class Program:
    def __init__(self, token=""):
        self.client, self.headers = Client(), {"authorization": f"Bearer {token}"} if token else {}

    def ask(self, method, path, data=None, **headers):
        body = {} if data is None else {"data": json.dumps(data), "content_type": "application/json"}
        path = path.removeprefix(settings.SITE_URL)
        path = path if path.startswith("/") else f"{ROOT}{path}"
        answer = self.client.generic(method, path, headers=self.headers | headers, **body)
        assert_described(method, path, answer)
        return answer

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, data=None, **headers):
        return self.ask("POST", path, {} if data is None else data, **headers)

    def patch(self, path, data, **headers):
        return self.ask("PATCH", path, data, **headers)

    def delete(self, path, **headers):
        return self.ask("DELETE", path, **headers)


def token_of(username, scope=Scope.ACT, days=30):
    return AccessToken.make(by=create_user(username), name="A script", scope=scope, days=days)[1]


def program_of(username, scope=Scope.ACT):
    return Program(token_of(username, scope))
