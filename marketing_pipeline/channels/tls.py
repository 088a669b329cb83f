"""TLS trust, loaded once: the set of trusted authorities takes longer to read than most calls take."""

import ssl
from functools import cache

import httpx


@cache
def tls() -> ssl.SSLContext:
    """The context with the usual authorities, loaded once a process."""
    return httpx.create_ssl_context(trust_env=False)
