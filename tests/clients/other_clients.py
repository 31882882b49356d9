#!/usr/bin/env python3
"""What other clients send, byte by byte as they send it.

    other_clients.py PROGRAM [--database URL]

starts PROGRAM on port 80 of an address of the loopback network, with its own data folder, and sends it the
requests of AndStatus, Choqok, Dianara, Friendica, Impeller, Pumpa and client-app services. It ends
with the first answer they could do nothing with.
"""

import sys

import stage

# A step that takes longer than this hangs somewhere.
SECONDS = 120


def main():
    # In this order, since some meet whom others made.
    from shapes import andstatus, friendica, choqok, pumpa, dianara, impeller, services  # noqa: F401
    from shapes.world import STEPS, World

    code = stage.play("Other clients", __doc__.split("\n")[0], World, STEPS, SECONDS)
    if code == 0:
        print("All of them got on.")
    return code


if __name__ == "__main__":
    sys.exit(main())
