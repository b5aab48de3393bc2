"""Gives one message into custody and words the outcome as an SMTP reply.

The reply is 250 only for a receipt. What is known to be permanent is 554; a full disk 452; all
else 451, so that the client keeps the message and tries again.
"""

import asyncio
import errno
from collections.abc import Iterator
from typing import Final

import structlog

from gateway.doors.smtp_data import TOO_MANY_HOPS, hops
from gateway.doors.smtp_room import Share
from gateway.errors import GatewayError, Permanent
from gateway.model import Accepted, Arrival, Custody

log = structlog.get_logger()

MAX_HOPS: Final = 100
NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT}
NOT_NOW: Final = b"451 4.3.0 Cannot keep this now, try again later"
DISK_FULL: Final = b"452 4.3.1 No room to keep this now, try again later"
NEVER: Final = b"554 5.3.0 This message cannot be taken"


async def hand_over(
    custody: Custody, arrival: Arrival, max_wait: float, share: Share
) -> tuple[bytes, Accepted | None]:
    """Wait, `max_wait` seconds at most, for the commit. The reply, and the receipt if there is one.

    `share` is kept as long as the message is in memory. After a wait in vain it may still be kept
    later: then the client's second attempt is the duplicate that the spool knows.
    """
    door, size = arrival.envelope.door, len(arrival.raw)
    if hops(arrival.raw) > MAX_HOPS:
        log.warning("door.refused", door=door, size=size, reason="too many hops")
        return TOO_MANY_HOPS.reply, None
    try:
        # Shielded: cancelling our wait must not cancel a future that the spool is about to set.
        committed = asyncio.wrap_future(custody.submit((arrival,)))
        share.keep_until(committed)
        async with asyncio.timeout(max_wait):
            (receipt,) = await asyncio.shield(committed)
    except Exception as error:
        reply = _reply_to(error)
        # Only the text of our own errors: another's may quote the message.
        detail = str(error) if isinstance(error, GatewayError) else ""
        event = "door.refused" if reply is NEVER else "door.deferred"
        log.warning(event, door=door, size=size, reason=type(error).__name__, detail=detail)
        return reply, None
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        log.warning("door.deferred", door=door, size=size, reason="the spool gave up")
        return NOT_NOW, None
    log.info(
        "door.accepted", door=door, trace=receipt.trace, size=size, duplicate=receipt.duplicate
    )
    return b"250 2.0.0 Ok: kept as " + receipt.trace.encode("ascii", "replace"), receipt


def _reply_to(error: Exception) -> bytes:
    if isinstance(error, Permanent):
        return NEVER
    return DISK_FULL if any(map(_says_disk_full, _chain(error))) else NOT_NOW


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _says_disk_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return True
    # A foreign error may quote the message, so only the databases' own words count there.
    words = ["disk"] if isinstance(error, GatewayError) else ["disk is full", "no space left on"]
    text = str(error).lower()
    return any(word in text for word in words)
