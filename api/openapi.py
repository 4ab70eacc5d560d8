"""Adds security, headers and examples to django-ninja's `openapi.json`, without a host, so that all sites serve one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.conf import settings
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from api import examples
from api.problems import CONTENT_TYPE, DETAILS, TITLES
from core.converters import UsernameConverter

FILE = settings.BASE_DIR / "api" / "openapi.json"
Data = dict[str, Any]

TITLE = "Swept"
DESCRIPTION = (
    "What the pages of the site do, for a member’s programs: the same moves, the same refusals and the same limits. "
    "Money is text, times are ISO 8601 in UTC, and every address ends with a slash."
)
TAGS = {
    "Tokens": "A program logs in for a token of a day.",
    "People": "Yourself, other members, and what was said of them.",
    "Jobs": "What is to be cleaned: where, when, and at what pay.",
    "Offers": "From the first offer to the end of the job.",
    "Questions and messages": "Questions before an offer, in public. Messages after an agreement, between the two.",
    "Notifications": "What others did with your jobs and offers.",
}

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "swept_ and 49 letters and digits",
    "description": (
        "An access token of a member, made in their account for up to a year, or by logging in for a day. With the "
        "scope `read` it reads what the member reads; operations that name `act` need a token with the scope `act`."
    ),
}
# The security of an operation, by its class of `authentication.py`.
SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "TokenAuth": [{"token": []}],
    "OptionalTokenAuth": [{}, {"token": []}],
    "ActingTokenAuth": [{"token": ["act"]}],
}

# The same as the path converters take.
ID = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
PARAMETERS: dict[str, Data] = {
    "cleaning_id": {"description": "Of the job.", "schema": ID},
    "question_id": {"description": "Of the question.", "schema": ID},
    "username": {
        "description": "Of the member; below a job, of the cleaner.",
        "schema": {"type": "string", "pattern": f"^{UsernameConverter.regex}$"},
    },
    "after": {"description": "A place in the list, as in `next` and `previous`. Leave it out for the first page."},
    "status": {"description": "Only jobs with this status."},
}
CONDITIONS: dict[str, Data] = {
    "If-Match": {"description": "Change it only if it still has this ETag.", "schema": {"type": "string"}},
    "If-None-Match": {"description": "Send it only if it has another ETag by now.", "schema": {"type": "string"}},
}
HEADERS: dict[str, Data] = {
    "ETag": {"description": "Of what is answered, for If-Match and If-None-Match.", "schema": {"type": "string"}},
    "Location": {"description": "Where that is.", "schema": {"type": "string", "format": "uri"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "How to ask.", "schema": {"type": "string"}},
    "Allow": {"description": "The methods that are offered.", "schema": {"type": "string"}},
}
HEADERS_OF_PROBLEMS = {401: ["WWW-Authenticate"], 405: ["Allow"], 429: ["Retry-After"], 503: ["Retry-After"]}
# Every operation can answer these. 403 is also for staff without a second factor.
ALWAYS = {400, 401, 403, 406, 500, 503}


class DocumentedAPI(NinjaAPI):
    @cached_property
    def document(self) -> OpenAPISchema:
        return complete(super().get_openapi_schema())

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Data | None = None) -> OpenAPISchema:
        return self.document if path_prefix is None else complete(super().get_openapi_schema(path_prefix=path_prefix))

    def get_openapi_operation_id(self, operation: Any) -> str:
        return operation.view_func.__name__


def complete(schema: OpenAPISchema) -> OpenAPISchema:
    paths = schema["paths"]
    for methods in paths.values():
        for method, operation in methods.items():
            methods[method] = documented(method, operation)
    responses = {f"{status}": response_to_problem(status) for status in TITLES}
    schema["tags"] = [{"name": name, "description": description} for name, description in TAGS.items()]
    schemas = used_schemas(schema["components"]["schemas"], [paths, responses])
    schema["components"] = {"schemas": schemas, "responses": responses, "securitySchemes": {"token": BEARER}}
    del schema["servers"]
    return schema


def documented(method: str, operation: Data) -> Data:
    example = examples.EXAMPLES.get(operation["operationId"], examples.Example())
    summary, _, description = " ".join(operation["description"].split()).partition(". ")
    found: Data = {"operationId": operation["operationId"], "tags": operation["tags"]}
    found["summary"] = summary.removesuffix(".")
    if description:
        found["description"] = description
    found["security"] = security_of(operation)
    found["parameters"] = [documented_parameter(each) for each in operation["parameters"]] + conditions_of(operation)
    if body := operation.get("requestBody"):
        found["requestBody"] = body | {"content": with_example(body["content"], example.body)}
    found["responses"] = {
        f"{status}": documented_answer(operation, status, example.answer) for status in answers_of(operation)
    }
    for status in sorted(problems_of(method, operation)):
        found["responses"][f"{status}"] = {"$ref": f"#/components/responses/{status}"}
    return found


def security_of(operation: Data) -> list[dict[str, list[str]]]:
    return [found for each in operation.get("security", []) for name in each for found in SECURITY[name]]


def documented_parameter(found: Data) -> Data:
    name = found["name"]
    known = PARAMETERS.get(name, {})
    example = {"example": examples.PARAMETERS[name]} if name in examples.PARAMETERS else {}
    return found | known | example


def conditions_of(operation: Data) -> list[Data]:
    """The request headers that lead to an answer of 304 or 412."""
    asked = {304: "If-None-Match", 412: "If-Match"}
    return [
        {"name": name, "in": "header", "required": False, **CONDITIONS[name], "example": examples.PARAMETERS[name]}
        for status, name in asked.items()
        if status in operation["responses"]
    ]


def answers_of(operation: Data) -> list[int]:
    return [status for status in operation["responses"] if status < 400]


def documented_answer(operation: Data, status: int, example: Data | None) -> Data:
    found = operation["responses"][status]
    if "content" not in found:
        return found
    names = []
    if {304, 412} & set(operation["responses"]):
        names.append("ETag")
    if status == 201 and "url" in (example or {}):
        names.append("Location")
    return found | {"headers": headers(names), "content": with_example(found["content"], example)}


def headers(names: list[str]) -> Data:
    return {name: HEADERS[name] | {"example": examples.HEADERS[name]} for name in names}


def with_example(content: Data, example: Data | None) -> Data:
    return {kind: found | {"example": example} for kind, found in content.items()}


def problems_of(method: str, operation: Data) -> set[int]:
    """The errors that the operation names, and those that follow from its shape."""
    found = ALWAYS | {status for status in operation["responses"] if status >= 400}
    places = {each["in"] for each in operation["parameters"]}
    if "path" in places:
        found.add(404)
    if "query" in places:
        found.add(422)
    if "requestBody" in operation:
        found |= {413, 415, 422}
    if method != "get":
        found.add(429)
    return found


def response_to_problem(status: int) -> Data:
    detail = examples.DETAILS.get(status) or DETAILS[status]
    example = {"type": f"{examples.ROOT}/#{status}", "title": TITLES[status], "status": status, "detail": detail}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example | examples.MORE.get(status, {})}
    return {
        "description": TITLES[status],
        "headers": headers(HEADERS_OF_PROBLEMS.get(status, [])),
        "content": {CONTENT_TYPE: content},
    }


def used_schemas(schemas: Data, places: list[Data]) -> Data:
    """All schemas but those from which django-ninja reads filters."""
    used: set[str] = set()
    waiting = [name for place in places for name in references_of(place)]
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += references_of(schemas[name])
    return {name: schemas[name] for name in sorted(used)}


def references_of(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from references_of(each)
    if isinstance(part, dict):
        reference = part.get("$ref", "")
        if reference.startswith("#/components/schemas/"):
            yield reference.rpartition("/")[2]
        yield from references_of(list(part.values()))


def as_text(schema: OpenAPISchema) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
