import json
import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

# Half of a character, which no database stores.
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class JsonParser(Parser):
    """Refuses, as text that is no JSON, what Python reads and nothing can store. Raises ValueError."""

    def parse_body(self, request: HttpRequest) -> Any:
        body = request.body
        try:
            # Of bytes, Python would read other encodings too.
            found = json.loads(body.decode("utf-8-sig"), parse_constant=self.refuse)
        except RecursionError as error:
            raise ValueError("Nested too deeply") from error
        if SURROGATE.search(body):
            json.dumps(found, ensure_ascii=False).encode()
        return found

    @staticmethod
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")
