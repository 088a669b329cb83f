"""TLS trust, loaded once: the set of trusted authorities takes longer to read than most calls take."""

import ssl
from functools import cache


@cache
def tls() -> ssl.SSLContext:
    """The context with the usual authorities, loaded once a process and shared by every client in it."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)
