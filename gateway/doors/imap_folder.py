"""What is new in one IMAP folder, and how far it is read: nothing is lost.

Memory is (UIDVALIDITY, UID), no flags and, but for one case, no dates. The folder is opened with
EXAMINE and read with BODY.PEEK[], so nothing in it changes. Messages go to `keep` in batches, and
the cursor with them, in one transaction.

The cursor stands before the first message that is not safe. A message that cannot be read is
first read alone, after all others, and then again and again at growing intervals; meanwhile the
cursor waits before it, though later messages are taken (after a crash they are read twice, which
the spool notices). Only when it has failed `PATIENCE` times, and a later message was taken since,
which proves that mailbox and spool work, does the cursor pass it: an error in the log, the door's
health and the status name its UID, the message stays in the mailbox, and it is still tried every
few hours.

A folder that is renumbered (made anew, restored) is read from its first message; what was taken
before is a duplicate that the spool knows. But where reading had begun at "now", mail lies there
that was never to be read. Nothing new may be lost, so none of it is passed over: what the server
says arrived before that time is kept, held for a person, and neither filed nor answered.
"""

import imaplib
import math
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from gateway.doors.imap_wire import DISCONNECTED, LARGEST_MESSAGE, Client, plainly
from gateway.errors import Permanent
from gateway.model import Cursor, utcnow

log = structlog.get_logger(__name__)

PATIENCE = 5  # failures
LONGEST_PAUSE = 6 * 3600.0  # seconds between two tries of a message that cannot be read
BATCH_BYTES = 8 * 1024 * 1024  # one FETCH asks for no more, unless a single message is larger

MOST_PASSED = 100  # UIDs remembered with the cursor
BEFORE_US = (
    "it lay in the mailbox before reading began, and was met since the mailbox was renumbered: "
    "release it to have it filed and answered"
)


class Place(NamedTuple):
    """What the server says of a folder: UIDVALIDITY, and UIDNEXT if it does."""

    validity: int
    following: int | None


class Taken(NamedTuple):
    """A message, and why it is to be held, if so."""

    raw: bytes
    hold: str | None


Keep = Callable[[Sequence[Taken], Cursor], None]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that could not be taken: how often, when to try next (monotonic), and why."""

    failures: int
    due: float
    reason: str


class Folder:
    """One folder of one account, across connections. Not for use from several threads.

    `keep(taken, cursor)` returns when both are on disk; what it raises is passed on, but for
    Permanent, which is held against the messages. `mailbox` is the cursor's name.
    """

    def __init__(
        self, mailbox: str, path: str, keep: Keep, *, batch: int = 50, first_pause: float = 1.0
    ) -> None:
        self.mailbox = mailbox
        self.trouble: dict[int, Trouble] = {}
        self._path = path
        self._keep = keep
        self._batch = batch
        self._first_pause = first_pause
        self._validity = 0
        self._position = 0  # the cursor: every message up to here is safe
        self._ahead: set[int] = set()  # beyond it, and safe
        self._listed: deque[int] = deque()  # beyond it, all that the server showed
        self._last_kept = 0
        self._since: datetime | None = None
        self._doubtful = 0
        self._told: tuple[tuple[int, str], ...] = ()  # what the stored cursor says was passed

    # --- opening -------------------------------------------------------------------------

    def open(self, client: Client, known: Cursor | None, *, backfill: bool) -> None:
        """EXAMINE the folder and settle where to read on from, given the stored cursor.

        Without one: from now on, or with `backfill` from the first message. Where UIDVALIDITY
        changed, or UIDs went back (a mailbox restored from a backup), from the first message.
        """
        status = client.select_folder(self._path, readonly=True)
        validity, following = status.get(b"UIDVALIDITY"), status.get(b"UIDNEXT")
        if not validity:
            raise imaplib.IMAP4.error("the server gives no UIDVALIDITY for this folder")
        begin = self._beginning(client, known, Place(validity, following), backfill=backfill)
        if validity != self._validity or begin.uid < self._position:
            self._forget()
        self._validity, self._position = validity, begin.uid
        self._since, self._doubtful, self._told = begin.since, begin.doubtful, begin.passed
        self._ahead = {uid for uid in self._ahead if uid > begin.uid}
        for uid, reason in begin.passed:
            self.trouble.setdefault(uid, Trouble(PATIENCE, self._due(PATIENCE), reason))
        if begin is not known:
            self._keep((), self._cursor(begin.uid))

    def _beginning(
        self, client: Client, known: Cursor | None, there: Place, *, backfill: bool
    ) -> Cursor:
        if known is None:
            if backfill:
                return Cursor(self.mailbox, there.validity, 0)
            now = utcnow().replace(microsecond=0)  # servers count seconds
            return Cursor(self.mailbox, there.validity, _newest(client, there.following), now)
        if known.uidvalidity == there.validity and known.uid < (there.following or math.inf):
            return known
        log.warning("imap_folder_renumbered", mailbox=self.mailbox, cursor=known.uid)
        newest = _newest(client, there.following)
        return Cursor(self.mailbox, there.validity, 0, known.since, doubtful=newest)

    def _forget(self) -> None:
        self.trouble.clear()
        self._ahead.clear()
        self._last_kept = 0

    def _cursor(self, uid: int, taken: Collection[int] = ()) -> Cursor:
        """The cursor at `uid` once `taken` are kept."""
        passed = [
            (one, trouble.reason)
            for one, trouble in sorted(self.trouble.items())
            if one <= uid and one not in taken
        ][-MOST_PASSED:]
        return Cursor(self.mailbox, self._validity, uid, self._since, self._doubtful, tuple(passed))

    # --- reading -------------------------------------------------------------------------

    def sweep(self, client: Client) -> None:
        """Take everything new, and try again what is due."""
        client.noop()  # servers show new messages at the end of a command, not at its start
        client.wire.forget_news()
        self._listed = deque(self._new_uids(client))
        self._ahead.intersection_update(self._listed)
        fresh = [u for u in self._listed if u not in self._ahead and u not in self.trouble]
        for start in range(0, len(fresh), self._batch):
            self._take_batch(client, fresh[start : start + self._batch])
        now = time.monotonic()
        for uid in sorted(uid for uid, trouble in self.trouble.items() if trouble.due <= now):
            self._take_batch(client, [uid])
        reached = self._reach(())
        cursor = self._cursor(reached)
        if reached > self._position or cursor.passed != self._told:
            self._keep((), cursor)
            self._told = cursor.passed
            self._advance(reached)

    def seconds_to_next_try(self) -> float:
        """How long until a message that failed is due again; infinite if there is none."""
        due = min((trouble.due for trouble in self.trouble.values()), default=float("inf"))
        return max(0.0, due - time.monotonic())

    def _new_uids(self, client: Client) -> list[int]:
        # "n:*" always includes the newest message, even below n (RFC 9051 section 6.4.9).
        found = client.search(["UID", f"{self._position + 1}:*"])
        return sorted({uid for uid in found if uid > self._position})

    def _take_batch(self, client: Client, uids: Sequence[int]) -> None:
        answers = self._fetch(client, uids, "RFC822.SIZE", b"RFC822.SIZE")
        sizes = {uid: int(size) for uid, size in answers.items() if isinstance(size, int)}
        for uid in sorted(uid for uid, size in sizes.items() if size > LARGEST_MESSAGE):
            self._blame([uid], f"it has {sizes.pop(uid)} bytes", failures=PATIENCE)
        for group in _groups(sizes):
            self._take(client, group)

    def _take(self, client: Client, uids: Sequence[int]) -> None:
        answers = self._fetch(client, uids, "BODY.PEEK[]", b"BODY[]")
        raws = {uid: raw for uid, raw in sorted(answers.items()) if isinstance(raw, bytes)}
        if not raws:
            return
        holds = self._holds(client, raws)
        reached = self._reach(raws.keys())
        cursor = self._cursor(reached, raws.keys())
        try:
            self._keep([Taken(raw, holds.get(uid)) for uid, raw in raws.items()], cursor)
        except Permanent as error:
            self._blame(list(raws), f"the spool refuses it: {error}")
            return
        self._told = cursor.passed
        self._last_kept = max(self._last_kept, *raws)
        for uid in raws:
            self.trouble.pop(uid, None)
        self._ahead.update(uid for uid in raws if uid > self._position)
        self._advance(reached)

    def _holds(self, client: Client, uids: Collection[int]) -> dict[int, str]:
        """Those that are from before our time, with the reason to hold them."""
        since, doubtful = self._since, [uid for uid in uids if uid <= self._doubtful]
        if since is None or not doubtful:
            return {}
        dates = self._fetch(client, doubtful, "INTERNALDATE", b"INTERNALDATE")
        found = {}
        for uid in doubtful:
            date = dates.get(uid)
            # imapclient gives local times.
            if not isinstance(date, datetime) or date.astimezone(UTC) < since:
                found[uid] = BEFORE_US
        if found:
            log.warning("imap_old_mail_held", mailbox=self.mailbox, messages=len(found))
        return found

    def _fetch(
        self, client: Client, uids: Sequence[int], item: str, key: bytes
    ) -> dict[int, object]:
        """What the server gives of `item`; whatever it does not give is looked into."""
        try:
            answers = client.fetch(uids, [item])
        except DISCONNECTED as error:
            self._blame(uids, f"the connection ended while it was read: {plainly(error)}")
            raise
        except (imaplib.IMAP4.error, ValueError) as error:
            self._blame(uids, plainly(error))
            return {}
        given = {uid: answers[uid].get(key) for uid in uids if uid in answers}
        given = {uid: value for uid, value in given.items() if value is not None}
        missing = [uid for uid in uids if uid not in given]
        if missing:
            there = set(client.search(["UID", ",".join(map(str, missing))]))
            self._blame([uid for uid in missing if uid in there], "the server does not give it")
            self._settle(uid for uid in missing if uid not in there)
        return given

    # --- what went wrong, and how far everything is safe -------------------------------------

    def _blame(self, uids: Sequence[int], reason: str, *, failures: int = 1) -> None:
        """Note a failure. In a group nobody knows whose it was: each is then tried alone."""
        for uid in uids:
            before = self.trouble.get(uid, Trouble(0, 0.0, ""))
            count = before.failures + (failures if len(uids) == 1 else 0)
            self.trouble[uid] = Trouble(count, self._due(count), reason[:200])
            if count:
                log.warning(
                    "imap_message_failed", mailbox=self.mailbox, uid=uid, failures=count,
                    reason=reason[:200],
                )  # fmt: skip

    def _due(self, failures: int) -> float:
        pause = min(self._first_pause * 4**failures, LONGEST_PAUSE) if failures else 0.0
        return time.monotonic() + pause

    def _settle(self, uids: Iterable[int]) -> None:
        """These are gone: somebody deleted or moved them before they were read."""
        for uid in uids:
            self.trouble.pop(uid, None)
            if uid > self._position:
                self._ahead.add(uid)

    def _given_up(self, uid: int, last_kept: int) -> bool:
        trouble = self.trouble.get(uid)
        return trouble is not None and trouble.failures >= PATIENCE and last_kept > uid

    def _reach(self, batch: Collection[int]) -> int:
        """Where the cursor may stand once `batch` is kept: before the first that is not safe."""
        last_kept = max((self._last_kept, *batch))
        reached = self._position
        for uid in self._listed:
            if not (uid in batch or uid in self._ahead or self._given_up(uid, last_kept)):
                break
            reached = uid
        return reached

    def _advance(self, reached: int) -> None:
        while self._listed and self._listed[0] <= reached:
            uid = self._listed.popleft()
            self._ahead.discard(uid)
            if uid in self.trouble:
                log.error(
                    "imap_message_passed", mailbox=self.mailbox, uidvalidity=self._validity,
                    uid=uid, reason=self.trouble[uid].reason,
                )  # fmt: skip
        self._position = max(self._position, reached)


def _newest(client: Client, following: int | None) -> int:
    """The highest UID so far, 0 in an empty folder. Some servers do not tell UIDNEXT."""
    if following:
        return following - 1
    return max(client.search(["UID", "1:*"]), default=0)


def _groups(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """UIDs in order, in groups of at most BATCH_BYTES; a larger message stands alone."""
    group: list[int] = []
    weight = 0
    for uid, size in sorted(sizes.items()):
        if group and weight + size > BATCH_BYTES:
            yield group
            group, weight = [], 0
        group.append(uid)
        weight += size
    if group:
        yield group
