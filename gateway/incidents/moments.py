"""When what a message tells of happened: its own Date where that can be true, else its receipt.

Mail comes late, out of order and, from files, long afterwards: what is ordered or counted by time
goes by when it was written. A Date later than the receipt is a clock gone wrong, and so is one that
is older than mail on its way can be. Pure.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

# A mail server tries for five days, some for longer; what lies in a mailbox or a file may be old.
LONGEST_WAY: Mapping[str, timedelta] = dict.fromkeys(("smtp", "smtps", "lmtp"), timedelta(days=14))
OLDEST = timedelta(days=20 * 365)


def own_time(date: datetime | None, received_at: datetime, door: str = "") -> datetime:
    """When a message with that Date was written, as far as that can be believed; in UTC."""
    if date is None or date.tzinfo is None:
        return received_at
    written = date.astimezone(UTC)
    if written > received_at:
        return received_at
    if received_at - written > LONGEST_WAY.get(door, OLDEST):
        return received_at
    return written
