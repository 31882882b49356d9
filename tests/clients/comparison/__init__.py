"""One scenario against any Pump server, and what two servers' answers to it have in common."""
