import json
import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

# One half of a surrogate pair, which no database stores.
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class JsonParser(Parser):
    """Refuses what Python reads and nothing can store; django-ninja makes a 400 of whatever this raises."""

    def parse_body(self, request: HttpRequest) -> Any:
        body = request.body
        # From bytes, Python would read other encodings too.
        found = json.loads(body.decode("utf-8-sig"), parse_constant=self.refuse)
        if SURROGATE.search(body):
            json.dumps(found, ensure_ascii=False).encode()
        return found

    @staticmethod
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")
