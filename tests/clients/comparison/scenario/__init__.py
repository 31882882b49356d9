"""The scenario: what is asked, part by part. Nothing in it knows which server it speaks to.

Some requests are left out because they end the reference server's process: a wrong verifier on the consent
page, `before` an unknown user in /api/users, an account with e-mail where there is no mail server, a
token of a deleted account.
"""

from . import (
    access,
    accounts,
    activities,
    arguments,
    authorization,
    clients,
    discovery,
    ends,
    files,
    foreign,
    groups,
    lists,
    manners,
    objects,
    replies,
    represent,
    verbs,
)
from .world import World

PARTS = [
    clients,
    accounts,
    authorization,
    activities,
    objects,
    replies,
    verbs,
    lists,
    groups,
    foreign,
    files,
    arguments,
    access,
    represent,
    discovery,
    manners,
    ends,
]


def play(recorder):
    """The whole scenario, in order: later parts use what earlier ones made."""
    world = World(recorder)
    for part in PARTS:
        recorder.part = part.__name__.rsplit(".", 1)[1]
        part.run(world)
