"""Adds enhanced status codes (RFC 2034, RFC 3463) to the replies that aiosmtpd gives without."""

from typing import Final

# By the whole reply or its number. The replies to HELO and EHLO, and the banner, have none.
STATUS: Final = {
    "220 Ready to start TLS": "2.0.0",
    "250 OK": "2.0.0",
    "252": "2.5.0",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "530": "5.7.0",
    "552": "5.3.4",
    "555": "5.5.4",
}


def with_status(reply: str) -> bytes:
    """The reply with its status, in octets."""
    status = STATUS.get(reply) or STATUS.get(reply[:3])
    return f"{reply[:4]}{status} {reply[4:]}".encode() if status else reply.encode()
