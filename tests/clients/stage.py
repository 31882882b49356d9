"""Plays a list of steps against the real server, on an address and in a folder of its own."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback

from server import Server, free_address


def steps():
    """An empty list, and a decorator that puts functions into it with the sentence that says what they do."""
    found = []

    def step(sentence):
        def enter(function):
            found.append((sentence, function))
            return function

        return enter

    return found, step


def play(title, description, world, steps, seconds, servers=1, settings=None):
    """Reads the arguments, starts that many servers, and takes the steps in the world that `world` makes of
    them. The first thing that is wrong ends it. Returns the exit code."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("program", help="the hydraulics binary")
    parser.add_argument("--database", help="its database; without this, SQLite in a new folder")
    arguments = parser.parse_args()
    os.environ["NO_PROXY"] = "*"
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)

    started, address = [], None
    try:
        for number in range(servers):
            address = free_address(after=int(address.rsplit(".", 1)[1]) if address else 1)
            folder = tempfile.mkdtemp(prefix="hydraulics-day-")
            database = arguments.database if number == 0 else None
            started.append(Server(arguments.program, address, folder, database, settings=settings))
        started[0].start()
        print(f"{title} at {started[0].base}", flush=True)
        take(world(*started), steps)
    except Exception as error:
        print("WRONG", flush=True)
        traceback.print_exc()
        print(f"\nWrong: {error or type(error).__name__}\n", file=sys.stderr)
        print("The last lines of the server's log:", file=sys.stderr)
        print("\n".join(started[0].logged().splitlines()[-20:]), file=sys.stderr)
        return 1
    finally:
        for server in started:
            server.stop()
            shutil.rmtree(server.folder, ignore_errors=True)
    return 0


def take(world, steps):
    for sentence, function in steps:
        begun = time.monotonic()
        print(f"  {sentence} ... ", end="", flush=True)
        function(world)
        print(f"{time.monotonic() - begun:.1f} s", flush=True)


def too_long(*_):
    raise TimeoutError("It takes far too long: something hangs.")
