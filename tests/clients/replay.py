#!/usr/bin/env python3
"""The scenario of `compare.py` against our server alone.

    replay.py PROGRAM [--database URL]

There is no reference to compare with, so this is what holds whatever the scenario asks: no answer is 5xx,
the log tells of no failure, and the JSON of the Pump API is the same under all names it can be asked by.
"""

import re
import sys
import time

from comparison import scenario
from comparison.recorder import Recorder
import stage

# A step that takes longer than this hangs somewhere.
SECONDS = 300
# For what the server does after it has answered.
PAUSE = 0.2
STEPS, step = stage.steps()


class World:
    """The server, and what it answered so far."""

    def __init__(self, server):
        self.server = server
        self.recorder = Recorder(server.base, PAUSE)


@step("every request of the scenario is answered, none with 5xx")
def _(world):
    scenario.play(world.recorder)
    steps = world.recorder.steps
    broken = [name for name, answer in steps.items() if answer["status"] >= 500]
    assert not broken, f"5xx: {broken}"
    assert len(steps) > 1000, f"{len(steps)} requests are not the whole scenario"


@step("the Pump JSON is the same whether it is asked for by its name or as any JSON")
def _(world):
    steps = world.recorder.steps
    named = [name for name in steps if name.endswith(" as application/stream+json")]
    assert named, "nothing is asked for as application/stream+json"
    for name in named:
        thing = name.removesuffix("application/stream+json")
        for other in ("*/*", "application/json", "text/html"):
            assert steps[thing + other] == steps[name], f"{thing}{other}"


@step("the log tells of no failure")
def _(world):
    time.sleep(PAUSE)
    logged = re.sub(r"\x1b\[[0-9;]*m", "", world.server.logged())
    failures = [line for line in logged.splitlines() if re.search(r"\bERROR\b|panicked", line)]
    assert not failures, "\n".join(failures)


def main():
    settings = {"HYDRAULICS_OAUTH__PLAINTEXT_WITHOUT_TLS": "true"}
    code = stage.play(
        "The scenario", __doc__.split("\n")[0], World, STEPS, SECONDS, settings=settings
    )
    if code == 0:
        print("Nothing broke.")
    return code


if __name__ == "__main__":
    sys.exit(main())
