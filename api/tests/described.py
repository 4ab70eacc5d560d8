"""What openapi.json says of a request and its answer, so that every answer in a test is held to it."""

import re
from copy import deepcopy
from functools import cache

from jsonschema_rs import Draft202012Validator

from api.problems import CONTENT_TYPE
from api.urls import api

SCHEMA = api.get_openapi_schema()
# The most literal first: /cleanings/mine/ is no job.
PATHS = sorted(SCHEMA["paths"], key=lambda path: path.count("{"))


def operations():
    """Path, method and description of each."""
    for path, methods in SCHEMA["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def find_operation(method, path):
    """None where no operation has the address and the method."""
    method = "get" if method == "HEAD" else method.lower()
    for described in PATHS:
        if re.fullmatch(re.sub("{.*?}", "[^/]+", described), path):
            return SCHEMA["paths"][described].get(method)
    return None


def response_of(operation, status):
    found = operation["responses"][f"{status}"]
    return SCHEMA["components"]["responses"][f"{status}"] if "$ref" in found else found


@cache
def components():
    """Answers have no field that is not described, although programs have to bear one."""
    found = deepcopy(SCHEMA["components"])
    for schema in found["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return found


def errors_in(data, schema):
    """Each difference between data and schema, in words."""
    validator = Draft202012Validator(schema | {"components": components()}, validate_formats=True)
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in validator.iter_errors(data)]


def assert_described(method, path, answer):
    operation = find_operation(method, path.partition("?")[0])
    if operation is None or answer.status_code == 405:
        assert answer.status_code < 400 or answer.headers["Content-Type"] == CONTENT_TYPE
        return
    described = response_of(operation, answer.status_code)
    missing = [name for name in described.get("headers", ()) if name not in answer.headers]
    known = {*described.get("headers", ()), *({"ETag"} if answer.status_code == 304 else ())}
    assert missing == []
    assert {"ETag", "Location", "Retry-After", "WWW-Authenticate"} & {*answer.headers} <= known
    if method == "HEAD" or not answer.content:
        assert method == "HEAD" or "content" not in described
        return
    assert errors_in(answer.json(), described["content"][answer.headers["Content-Type"]]["schema"]) == []
