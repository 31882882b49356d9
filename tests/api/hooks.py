"""What schemathesis is told of this server: who asks, and what things are called there."""

import json
import os
import re
import zlib

import schemathesis

import world

WHO = os.environ["API_WHO"]
with open(os.environ["API_NAMES"], encoding="utf-8") as file:
    NAMES = json.load(file)

if WHO != "nobody":
    schemathesis.auth.set_from_requests(world.identity(WHO))


# Paths that only their owner may read.
PRIVATE = (["inbox"], ["uploads"], ["applications"])


def draw(value, often):
    """A number made from a generated value, or None once in `often` times: the same for the same value."""
    number = zlib.crc32(repr(value).encode())
    return number // often if number % often else None


def is_well_formed(value):
    if isinstance(value, tuple):
        return all(map(is_well_formed, value))
    return isinstance(value, str) and value != ""


def one_of(names, value, often=8):
    """One of these in place of a generated value, or, now and then, that value. What is malformed stays so."""
    number = draw(value, often) if is_well_formed(value) else None
    return value if number is None or not names else names[number % len(names)]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Most paths lead to something that is there, and those that only one person may go lead to theirs."""
    given = path_parameters or {}
    path = context.operation.path
    if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", str(given.get("nickname", ""))):
        is_own = context.operation.method != "get" or path.split("/")[4:5] in PRIVATE
        names = [WHO] * 12 * is_own + NAMES["nickname"]
        given["nickname"] = one_of(names, given["nickname"])
    if "uuid" in given:
        if "object_type" in given:
            things = [thing for thing in NAMES["things"] if thing[0] != "activity"]
            given["object_type"], given["uuid"] = one_of(things, (given["object_type"], given["uuid"]))
        else:
            kind = path.split("/")[2]
            things = [uuid for its_kind, uuid in NAMES["things"] if its_kind == kind]
            given["uuid"] = one_of(things, given["uuid"])
    elif "object_type" in given:
        given["object_type"] = one_of(NAMES["object_type"], given["object_type"])
    if "path" in given:
        given["path"] = one_of(NAMES["path"], given["path"])
    return path_parameters


@schemathesis.hook
def map_query(context, query):
    """Most ids are those of something that is there."""
    for name in set(query or {}) & {"id", "before", "since", "resource"}:
        names = NAMES["resource"] if name == "resource" else list(NAMES["type_of"])
        query[name] = one_of(names, query[name])
    return query


@schemathesis.hook
def map_body(context, body):
    """Most verbs are known, and most references are to something that is there."""
    return known(body) if isinstance(body, dict) else body


def known(value):
    if isinstance(value, list):
        return [known(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    value = {key: known(inner) for key, inner in value.items()}
    words = {key for key in ("verb", "id", "objectType") if isinstance(value.get(key), str) and value[key]}
    if "verb" in words:
        value["verb"] = one_of(NAMES["verb"], value["verb"], often=4)
    if "id" in words:
        value["id"] = one_of(list(NAMES["type_of"]), value["id"])
    fitting = NAMES["type_of"].get(value["id"]) if "id" in words else None
    if fitting and draw(value, 4) and ("objectType" in words or "objectType" not in value):
        value["objectType"] = fitting
    elif "objectType" in words:
        value["objectType"] = one_of(NAMES["object_type"], value["objectType"], often=3)
    return value


@schemathesis.hook
def before_call(context, case, kwargs):
    """What comes out of earlier answers is no type whose URLs have a route of their own; and nobody saws off
    the branch they sit on."""
    given = case.path_parameters or {}
    object_type = given.get("object_type")
    routes = case.operation.schema.raw_schema["paths"]
    if object_type in ("activity", "user", "users") or f"/api/{object_type}" in routes:
        given["object_type"] = "note"
    if given.get("client") == world.CLIENT[0]:
        given["client"] = "another-client"
    if case.method == "DELETE" and case.path == "/api/user/{nickname}" and given["nickname"] == WHO:
        given["nickname"] = "bob"


@schemathesis.check
def for_someone_only(context, response, case):
    """What is for a person, a client does not get for itself."""
    ways = case.operation.definition.raw.get("security", [])
    if response.request.method != case.operation.method.upper():
        return
    is_for_someone = {"user": []} in ways and not any(way in ways for way in ({}, {"client": []}))
    if WHO == "client" and is_for_someone and response.status_code < 400:
        raise AssertionError("A client got for itself what is only for a person")
