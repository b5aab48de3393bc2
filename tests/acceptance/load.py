"""Many messages from many senders at once, and what must have become of them in the end."""

import smtplib
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress

from tests.acceptance.house import House, deliver
from tests.acceptance.mails import mail
from tests.integration.postfix import HOST
from tests.integration.sink import Sink

CONNECTIONS = 6


class Senders:
    """Mail servers that deliver `messages`, each until it is answered 250, whatever happens.

    `promised` are the senders of what was answered 250, in that order.
    """

    def __init__(self, house: House, messages: dict[str, bytes]) -> None:
        self.promised: list[str] = []
        self._house = house
        self._waiting = list(messages.items())
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._deliver) for _ in range(CONNECTIONS)]

    def __enter__(self) -> "Senders":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.join()

    def join(self) -> None:
        """Wait until everything is answered 250."""
        for thread in self._threads:
            thread.join()

    def _next(self) -> tuple[str, bytes] | None:
        with self._lock:
            return self._waiting.pop() if self._waiting else None

    def _deliver(self) -> None:
        client: smtplib.SMTP | None = None
        while not self._end.is_set() and (one := self._next()) is not None:
            answer = ""
            with suppress(OSError, smtplib.SMTPException):
                client = client or smtplib.SMTP(HOST, self._house.smtp_port, timeout=30)
                answer = deliver(client, one[1], one[0])
            with self._lock:
                if answer.startswith("250 "):
                    self.promised.append(one[0])
                    continue
                self._waiting.append(one)
            client = None
            time.sleep(0.05)  # as a mail server waits before it tries again


def reports(number: int) -> dict[str, bytes]:
    """That many messages of as many people."""
    senders = [f"person{n}@people.example" for n in range(number)]
    return {one: mail(one, f"Login.gov is down, says {one}") for one in senders}


def check_each_filed_and_answered_once(house: House, sink: Sink, senders: Iterable[str]) -> None:
    """Each is on one ticket and acknowledged once; a letter seen twice is the same letter."""
    house.await_settled()
    (status,) = house.ask("status")
    senders = Counter(senders)
    number = len(senders)
    assert status["spool"] == {"accepted": 0, "done": number, "held": 0}
    # All tell of one outage: those that came first may have begun a ticket or two.
    tickets = house.ask("tickets")
    assert sum(one["messages"] for one in tickets) == number
    assert sum(one["reporters"] for one in tickets) == number
    letters: defaultdict[str, set[str]] = defaultdict(set)
    for one in sink.received:
        letters[one.recipient].add(one.message_id)
    assert letters.keys() == senders.keys()
    assert {who: ids for who, ids in letters.items() if len(ids) > 1} == {}
