"""Which form an answer has, by `Accept` (pump-api 13, clients T11)."""

ACCEPTS = [
    "*/*",
    "application/json",
    "application/stream+json",
    "application/activity+json",
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    "text/html",
    "application/json, text/javascript, */*; q=0.01",
]


def run(world):
    quinn = world.people["quinn"]
    for name, path in {
        "profile": quinn.path("profile"),
        "user": quinn.path(),
        "note": world.quinns.get("object.id"),
        "activity": world.quinns.get("id"),
        "feed": quinn.path("feed/major?count=2"),
        "followers": quinn.path("followers"),
    }.items():
        for accept in ACCEPTS:
            quinn.get(f"the {name} as {accept}", path, headers={"Accept": accept}, also=["Vary"])
