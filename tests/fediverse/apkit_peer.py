#!/usr/bin/env python3
"""A server made with apkit, on which there is ann. It does what a test tells it at /control.

    apkit_peer.py HOST
"""

import sys
import warnings
from typing import Any

import aiohttp
import apmodel
import uvicorn
from apkit.client import _common as client
from apkit.client.asyncio import ActivityPubClient
from apkit.client.models import Link, Resource, WebfingerResult
from apkit.config import AppConfig
from apkit.models import (
    Accept,
    Announce,
    Create,
    CryptographicKey,
    Delete,
    Follow,
    Like,
    Nodeinfo,
    Note,
    Person,
    Reject,
    Undo,
    Update,
)
from apkit.nodeinfo.builder import NodeinfoBuilder
from apkit.server.app import ActivityPubServer
from apkit.server.responses import ActivityResponse
from apkit.types import ActorKey
from apmodel.registry import registry
from apmodel.vocab.actor import ActorEndpoints
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import Request, Response
from fastapi.responses import JSONResponse

HOST = sys.argv[1]
BASE = f"http://{HOST}"
ANN = f"{BASE}/users/ann"
KEY_ID = f"{ANN}#main-key"
ACTIVITY = "application/activity+json"
KINDS = (Accept, Announce, Create, Delete, Follow, Like, Reject, Undo, Update)

# The server that is tried has no TLS, and apkit knows HTTPS only.
client.build_webfinger_url = lambda host, resource: (
    f"http://{host}/.well-known/webfinger?resource={resource}"
)



class Answer(Note):
    """A note. apkit wants an object as `inReplyTo`, and everyone sends an id."""

    in_reply_to: Any = None


registry.register(Answer, "https://www.w3.org/ns/activitystreams#Note")
warnings.filterwarnings("ignore", module="pydantic")
app = ActivityPubServer(apkit_config=AppConfig())
received, reads, things = [], [], {}
ann = {"name": "Ann", "partner": None}


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


KEY = new_key()


def person():
    key = CryptographicKey(id=KEY_ID, owner=ANN)
    key.public_key = KEY
    return Person(
        id=ANN,
        preferred_username="ann",
        name=ann["name"],
        inbox=f"{ANN}/inbox",
        outbox=f"{ANN}/outbox",
        followers=f"{ANN}/followers",
        endpoints=ActorEndpoints(shared_inbox=f"{BASE}/inbox"),
        public_key=key,
    )


@app.middleware("http")
async def note_reads(request: Request, call_next):
    if not request.url.path.startswith("/control/"):
        reads.append(f"{request.method} {request.url.path}")
    return await call_next(request)


@app.get("/users/ann")
async def actor():
    return ActivityResponse(person())


@app.get("/notes/{name}")
async def thing(name: str):
    found = things.get(f"{BASE}/notes/{name}")
    return JSONResponse(found, 200 if found else 404, media_type=ACTIVITY)


@app.webfinger
async def webfinger(request: Request, resource: Resource):
    if str(resource) != f"acct:ann@{HOST}" and resource.url != ANN:
        return Response(status_code=404)
    found = WebfingerResult(Resource("ann", HOST), [Link("self", ACTIVITY, ANN)])
    return JSONResponse(found.to_json(), media_type="application/jrd+json")


@app.nodeinfo("/nodeinfo/2.1", "2.1")
async def nodeinfo():
    built = NodeinfoBuilder().set_software("apkit-peer", "1.0.0", None, None)
    built = built.set_protocols(["activitypub"]).set_services([], []).set_usage(1)
    return ActivityResponse(built.set_open_registrations(False).build())


# It is called with activities whose signature apkit has verified.
async def keep_activity(ctx):
    received.append(await ctx.request.json())
    return Response(status_code=202)


for kind in KINDS:
    app.on(kind, keep_activity)
app.inbox("/inbox", "/users/ann/inbox")


async def find(address):
    name, host = address.split("@")
    async with ActivityPubClient() as session:
        found = await session.actor.resolve(name, host)
        ann["partner"] = await session.actor.fetch(found.get(ACTIVITY).href)
        async with session.get(f"http://{host}/.well-known/nodeinfo") as answer:
            links = (await answer.json())["links"]
        link = next(link for link in links if link["rel"].endswith("/ns/schema/2.1"))
        async with session.get(link["href"]) as answer:
            shown = Nodeinfo.model_validate(await answer.json())
    partner = ann["partner"]
    return {"id": partner.id, "name": partner.name, "software": shown.software.name}


async def look(url):
    async with ActivityPubClient() as session:
        return apmodel.to_dict(await session.actor.fetch(url))


async def send(activity):
    async with ActivityPubClient() as session:
        async with session.post(
            ann["partner"].inbox,
            json=apmodel.load(activity),
            signatures=[ActorKey(key_id=KEY_ID, private_key=KEY)],
            sign_with=["draft-cavage"],
        ) as answer:
            return answer.status


async def post(activity, kind=None, forged=None):
    inbox = ann["partner"].inbox
    key = new_key() if forged == "key" else KEY
    signatures = [ActorKey(key_id=KEY_ID, private_key=key)] if kind else []
    body, headers = client.sign_request(
        inbox, {"Content-Type": ACTIVITY}, signatures, activity, sign_with=[kind]
    )
    if forged == "body":
        body = body.replace(b"Forged.", b"forged.")
    async with aiohttp.ClientSession() as session:
        async with session.post(inbox, data=body, headers=headers) as answer:
            return answer.status


async def keep(thing):
    things[thing["id"]] = thing


async def rename(name):
    ann["name"] = name
    return apmodel.to_dict(person())


@app.post("/control/{command}")
async def control(command: str, request: Request):
    values = await request.json()
    lists = {"received": received, "reads": reads}
    if command in lists:
        return JSONResponse(lists[command])
    commands = (find, look, send, post, keep, rename)
    done = next(one for one in commands if one.__name__ == command)
    return JSONResponse(await done(**values))


uvicorn.run(app, host=HOST, port=80, log_level="warning")
