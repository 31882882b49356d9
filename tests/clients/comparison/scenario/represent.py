"""Which form an answer has, by `Accept` (pump-api 13, clients T11)."""

ACCEPTS = [
    "*/*", "application/json", "application/stream+json", "application/activity+json",
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams"', "text/html",
    "application/json, text/javascript, */*; q=0.01",
]


def run(world):
    alice = world.people["alice"]
    for name, path in {
        "profile": alice.path("profile"), "user": alice.path(), "note": world.public.get("object.id"),
        "activity": world.public.get("id"), "feed": alice.path("feed/major?count=2"),
        "followers": alice.path("followers"),
    }.items():
        for accept in ACCEPTS:
            alice.get(f"the {name} as {accept}", path, headers={"Accept": accept}, also=["Vary"])
