#!/usr/bin/env python3
"""A social day on the server with PyPump, as it is on PyPI, through its public functions.

    pypump_day.py PROGRAM [--database URL]

starts PROGRAM on port 80 of an address of the loopback network, with its own data folder, and lives the
day step by step. It ends with the first thing that is wrong.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings

import requests

from server import Server, free_address


# A day that takes longer than this hangs somewhere.
SECONDS = 600


def too_long(*_):
    raise TimeoutError(f"The day isn't over after {SECONDS} seconds.")


def as_requests_was():
    """PyPump gives the length of an upload as a number, which requests took in its day."""
    prepare = requests.models.PreparedRequest.prepare_headers

    def prepare_headers(self, headers):
        if headers:
            headers = {
                name: str(value) if isinstance(value, int) else value
                for name, value in headers.items()
            }
        prepare(self, headers)

    requests.models.PreparedRequest.prepare_headers = prepare_headers


def live(world, steps):
    for sentence, function in steps:
        started = time.monotonic()
        print(f"  {sentence} ... ", end="", flush=True)
        function(world)
        print(f"{time.monotonic() - started:.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", help="the hydraulics binary")
    parser.add_argument("--database", help="its database; without this, SQLite in a new folder")
    arguments = parser.parse_args()
    as_requests_was()
    os.environ["NO_PROXY"] = "*"
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    warnings.simplefilter("ignore")

    # The order of these is the order of the day.
    from day import people, notes, answers, lists, pictures, paging, refusals, elsewhere  # noqa: F401
    from day.world import STEPS, World

    folders = [tempfile.mkdtemp(prefix="hydraulics-day-") for _ in range(2)]
    here = free_address()
    there = free_address(after=int(here.rsplit(".", 1)[1]))
    server = Server(arguments.program, here, folders[0], arguments.database)
    other = Server(arguments.program, there, folders[1])
    try:
        server.start()
        print(f"PyPump at {server.base}", flush=True)
        live(World(server, other), STEPS)
    except Exception as error:
        print("WRONG", flush=True)
        traceback.print_exc()
        print(f"\nWrong: {error or type(error).__name__}\n", file=sys.stderr)
        print("The last lines of the server's log:", file=sys.stderr)
        print("\n".join(server.logged().splitlines()[-20:]), file=sys.stderr)
        return 1
    finally:
        server.stop()
        other.stop()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
    print("The day is over, and all was well.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
