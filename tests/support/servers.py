"""
In what nginx and Apache differ by their nature, seen from a client. Everything else that they do is the same, and tested as the same:
BOOKREQ_SERVER says which of the two the stacks of a run are behind.
"""

import os

APACHE = os.environ.get("BOOKREQ_SERVER") == "apache"
CONTROLS = bytes([*range(32), 127])
# Apache's limit of a body does not count for what it passes on, so it takes no body of unknown length: 411.
CHUNKED = [False] if APACHE else [False, True]
# A connection that says nothing at all reaches Apache when its first byte does, or after half a minute (TCP_DEFER_ACCEPT).
SILENCE_ENDS_SOON = not APACHE
# What becomes of a request from an address with hundreds of connections: Apache has a thread for each, and closes one too many, of which its
# 500 is seldom read; nginx needs no such limit.
AMONG_MANY_CONNECTIONS = (None, 500) if APACHE else (200,)


def passable(value):
    """A header's value without what the web server itself answers with 400: Apache takes no control characters (RFC 9110, section 5.5)."""
    return value.translate(None, CONTROLS if APACHE else b"\r\n\0")
