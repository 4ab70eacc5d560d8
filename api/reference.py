"""`openapi.json` as a page for people, without script."""

from __future__ import annotations

import json
import re
import shlex
from functools import cache
from http import HTTPMethod
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.generic import TemplateView

from api import examples
from api.openapi import Data
from api.problems import DETAILS, TITLES
from api.urls import api

KINDS = {"integer": "whole number", "boolean": "true or false", "null": "null", "string": "text", "object": "object"}
FORMATS = {"date-time": "time, like 2026-12-05T13:00:00Z", "uuid": "UUID"}
ACCESS = {
    "open": "No token is needed.",
    "reads": "Needs a token.",
    "reads_public": "No token is needed; with one you see what your account sees.",
    "acts": "Needs a token with the scope act.",
}


class Field(NamedTuple):
    name: str
    kind: str
    is_required: bool
    description: str = ""


class Operation(NamedTuple):
    id: str
    method: str
    path: str
    summary: str
    description: str
    access: str
    about_body: str
    parameters: list[Field]
    fields: list[Field]
    request: str
    status: str
    answer: str
    headers: list[str]
    errors: list[int]


class Group(NamedTuple):
    id: str
    name: str
    description: str
    operations: list[Operation]


class ReferenceView(TemplateView):
    template_name = "api/reference.html"

    def get_context_data(self, **kwargs) -> dict:
        errors = [(status, title, DETAILS.get(status) or examples.DETAILS[status]) for status, title in TITLES.items()]
        return super().get_context_data(
            groups=groups(settings.SITE_URL), errors=errors, root=f"{settings.SITE_URL}{self.request.path}", **kwargs
        )


@cache
def groups(site: str) -> list[Group]:
    """The operations by subject, with the address of this site in their examples."""
    document = api.get_openapi_schema()
    found = {
        tag["name"]: Group(tag["name"].lower().replace(" ", "-"), tag["name"], tag["description"], [])
        for tag in document["tags"]
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].operations.append(shown(site, method, path, operation, document))
    return list(found.values())


def shown(site: str, method: str, path: str, operation: Data, document: Data) -> Operation:
    schemas, body = document["components"]["schemas"], operation.get("requestBody")
    schema = resolved(content_of(body)["schema"], schemas) if body else {}
    status = next(status for status in ("200", "201", "204") if status in operation["responses"])
    response = operation["responses"][status]
    example = content_of(response)["example"] if "content" in response else None
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=with_code(operation.get("description", "")),
        access=ACCESS[access_of(operation)],
        about_body=with_code(schema.get("description", "")),
        parameters=[
            Field(found["name"], kind_of(found["schema"], schemas), found["required"], with_code(found["description"]))
            for found in operation["parameters"]
        ],
        fields=fields_of(schema, schemas),
        request=request_of(site, method, path, operation),
        status=f"{status} {response['description']}",
        answer=written(example).replace(examples.SITE, site) if example else "",
        headers=list(response.get("headers", ())),
        errors=[int(status) for status in operation["responses"] if status >= "400"],
    )


def content_of(part: Data) -> Data:
    return part["content"]["application/json"]


def access_of(operation: Data) -> str:
    security = operation["security"]
    if not security:
        return "open"
    if {} in security:
        return "reads_public"
    return "acts" if {"token": ["act"]} in security else "reads"


def resolved(schema: Data, schemas: Data) -> Data:
    """The schema that a reference leads to; of a body that may be left out, the first of the two choices."""
    schema = next(iter(schema.get("anyOf", [schema])))
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def fields_of(schema: Data, schemas: Data) -> list[Field]:
    required = schema.get("required", [])
    return [
        Field(name, kind_of(found, schemas), name in required, with_code(found.get("description", "")))
        for name, found in schema.get("properties", {}).items()
    ]


def kind_of(schema: Data, schemas: Data) -> str:
    if "$ref" in schema:
        return kind_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema and "examples" in schema:
        _, number = schema["anyOf"]
        return f"“{schema['examples'][0]}”{limits_of(number)}"
    for several in ("anyOf", "allOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(kind_of(one, schemas) for one in schema[several]))
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if "const" in schema:
        return f"“{schema['const']}”"
    if "format" in schema:
        return FORMATS[schema["format"]]
    return f"{'number' if schema['type'] == 'number' else KINDS[schema['type']]}{limits_of(schema)}"


def limits_of(schema: Data) -> str:
    if "maxLength" in schema:
        return f" of {schema.get('minLength', 0)} to {schema['maxLength']} characters"
    if "maximum" in schema:
        return f" from {schema['minimum']:g} to {schema['maximum']:g}" if schema["maximum"] < 10**6 else ""
    return f" like {schema['pattern']}" if "pattern" in schema else ""


def request_of(site: str, method: str, path: str, operation: Data) -> str:
    """A command with curl, as a shell reads it."""
    lines = [f"curl {site}{path.format_map(examples.PARAMETERS)}"]
    if operation["security"]:
        lines.append('--header "Authorization: Bearer $TOKEN"')
    body = operation.get("requestBody")
    if body:
        lines.append(f"--json {shlex.quote(json.dumps(content_of(body)['example'], ensure_ascii=False))}")
    if method.upper() != (HTTPMethod.POST if body else HTTPMethod.GET):
        lines.append(f"--request {method.upper()}")
    return " \\\n  ".join(lines)


def with_code(text: str) -> SafeString:
    return mark_safe(re.sub("`([^`]+)`", r"<code>\1</code>", escape(text)))


def written(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)
