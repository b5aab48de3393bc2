"""Who judges, and when: what a server of ours says comes first, the DNS second.

Nothing here raises, and nothing here changes what becomes of a message: it is read and filed all
the same.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from gateway.model import Envelope, Message, Trust
from gateway.trust import relay
from gateway.trust.clients import Networks, stranger

if TYPE_CHECKING:
    from gateway.trust.dns import Dns

THREADS = 16
NOT_VOUCHED = Trust("unverified", "none of our servers vouches for it")

UNKNOWN = Envelope("unknown")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges by what our own servers say (`authserv`), else by `dns`, where there is one.

    Clients in `relays` are ours: they pass on the mail of others, so that SPF says nothing about
    them, and they take forged results out of it, as a stranger would not: what a stranger hands
    us says in our servers' name counts for nothing. One message may take `seconds`.
    """

    authserv: Sequence[str] = ()
    dns: "Dns | None" = None
    seconds: float = 5.0
    relays: Networks = ()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is configured to judge by: then it need not know how a message came."""
        return self.dns is None and not self.authserv

    def judge_all(self, mails: Sequence[tuple[bytes, Message, Envelope | None]]) -> list[Trust]:
        """Judge these, several at once."""
        if self.dns is None or not mails:
            return [self.judge(*mail) for mail in mails]
        with ThreadPoolExecutor(min(THREADS, len(mails)), "trust") as threads:
            return list(threads.map(lambda mail: self.judge(*mail), mails))

    def judge(self, raw: bytes, message: Message, envelope: Envelope | None = None) -> Trust:
        """Judge one message."""
        envelope = envelope or UNKNOWN
        is_ours = stranger(envelope, self.relays) is None
        found = relay.vouched(message, self.authserv) if is_ours else None
        if found is not None:
            return found
        if self.dns is None:
            return NOT_VOUCHED if self.authserv else Trust()
        from gateway.trust.case import Case  # noqa: PLC0415  # its libraries take a while

        asker = self.dns.asker(self.seconds)
        case = Case(raw, message, envelope, self.relays, asker)
        try:
            return case.judged()
        except Exception as error:  # it is filed all the same, and nobody is believed
            log.warning("trust.failed", error=type(error).__name__)
            return Trust("unknown", "it could not be checked", "dns")
