#!/usr/bin/env python3
"""A social day on two servers with PyPump, as it is on PyPI, through its public functions.

    pypump_day.py PROGRAM [--database URL]

starts PROGRAM on port 80 of two addresses of the loopback network, with data folders of their own, and
lives the day step by step. The database is that of the first server. It ends with the first thing that is wrong.
"""

import sys
import warnings

import requests

import stage


# A day that takes longer than this hangs somewhere.
SECONDS = 600


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


def main():
    as_requests_was()
    warnings.simplefilter("ignore")

    # The order of these is the order of the day.
    from day import people, notes, answers, lists, pictures, paging, refusals  # noqa: F401
    from day import elsewhere, across, dianara, ending  # noqa: F401
    from day.world import STEPS, World

    settings = {"HYDRAULICS_FEDERATION__ALLOWED_NETWORKS": "127.0.0.0/8"}
    code = stage.play(
        "PyPump", __doc__.split("\n")[0], World, STEPS, SECONDS, servers=2, settings=settings
    )
    if code == 0:
        print("The day is over, and all was well.")
    return code


if __name__ == "__main__":
    sys.exit(main())
