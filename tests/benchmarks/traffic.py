"""Mail as a bad morning brings it: many people, services and forms, no two alike; and its sender.

Six in ten are reports by different people, the rest answers in their threads, monitors' alerts,
notices of a downtime list, questions. smtp-source can send one subject from one sender only, so the
sender is here: sessions on kept connections, one message after the other on each.
"""

import random
import socket
import threading
import time
from collections.abc import Iterator
from email.utils import format_datetime
from queue import Empty, SimpleQueue
from typing import NamedTuple

from gateway.model import utcnow

SERVICES = (
    "Login.gov", "ID.me", "DS Logon", "My HealtheVet", "VBMS", "Caseflow", "Secure Messaging",
    "VA Profile", "EVSS", "BGS", "SSOe", "VAOS", "prescription refills", "appeals status",
    "travel pay", "GI Bill benefits", "disability claims", "the letters page",
)  # fmt: skip
TROUBLES = (
    "{service} is down, none of us can sign in",
    "{service} keeps timing out since {hour}",
    "cannot get into {service}, error {code}",
    "{service} very slow for our {group}",
    "{people} of our people are locked out of {service}",
    "error {code} whenever we save in {service}",
    "{service}: page stays blank for {group}",
    "{service} outage?",
)
GROUPS = ("call center", "rating team", "front desk", "clinic", "night shift", "regional office")
FIRST = ("Ana", "Ben", "Carla", "Dev", "Elena", "Frank", "Grace", "Hugo", "Iris", "Jamal", "Kim")
LAST = ("Adler", "Brook", "Chavez", "Diaz", "Evans", "Fields", "Garza", "Hill", "Ito", "Jones")
SENTENCES = (
    "It began around {hour} and we have tried {people} machines.",
    "After the password page it says error {code} and starts over.",
    "Our {group} has a line of people waiting, so any estimate helps.",
    "Clearing the cache and another browser made no difference.",
    "{service} worked fine yesterday until the end of the shift.",
    "A colleague in another building sees the same with {service}.",
    "We are writing down what we can on paper meanwhile.",
    "Nothing was changed on our side this week as far as I know.",
    "The {group} would like to know whether to send people home.",
    "I have a screenshot of error {code} if that is of use.",
)
# What stands below: quoted mail, footers, what a notice explains at length.
REST = (
    "Please find the list of contacts for {service} in the shared folder of the {group}.",
    "The training for new colleagues takes place in the usual room.",
    "If you have questions about {service}, write to the help desk or ask your supervisor.",
    "This message may contain information meant only for the person it is addressed to.",
    "We have updated the guide, and the chapter about {service} has new pictures.",
    "As agreed, the {group} keeps a copy of every form until the end of the year.",
    "Thanks to everybody who helped to move the old files to the new server.",
    "The survey had {people} answers, most of them short and friendly.",
    "Remember to close your session of {service} before you leave your desk.",
    "The next meeting is about the budget, the one after that about holidays.",
    "Whoever needs a larger screen may ask the {group}, which has {people} of them.",
    "Links in this mail lead to pages inside the building only.",
)
LINE = 72


class Mail(NamedTuple):
    """Who sends it, and its bytes as DATA takes them."""

    sender: str
    data: bytes


class _Writer:
    """Writes mail of about `size` bytes; the same `seed` writes the same."""

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._chance = random.Random(seed)  # invented mail, no secrets
        self._seed = seed
        self._number = 0
        self._reports: list[tuple[str, str, str, str]] = []

    def write(self) -> Mail:
        self._number += 1
        lot = self._chance.random()
        if lot < 0.6 or not self._reports:
            return self._report()
        if lot < 0.75:
            return self._answer()
        if lot < 0.88:
            return self._alert()
        if lot < 0.93:
            return self._notice()
        return self._question()

    def _filled(self, template: str, service: str) -> str:
        chance = self._chance
        return template.format(
            service=service, hour=f"{chance.randrange(6, 12)}:{chance.randrange(10, 60)}",
            code=chance.randrange(400, 600), group=chance.choice(GROUPS),
            people=chance.randrange(2, 90),
        )  # fmt: skip

    def _person(self) -> tuple[str, str]:
        chance = self._chance
        first, last = chance.choice(FIRST), chance.choice(LAST)
        house = f"agency{chance.randrange(60)}.example"
        return f"{first} {last}", f"{first}.{last}{chance.randrange(20)}@{house}".lower()

    def _prose(self, service: str, size: int, among: tuple[str, ...] = REST) -> str:
        words: list[str] = []
        length = 0
        while length < size:
            sentence = self._filled(self._chance.choice(among), service)
            words += sentence.split()
            length += len(sentence) + 1
        lines, line = [], ""
        for word in words:
            if len(line) + len(word) >= LINE:
                lines.append(line)
                line = ""
            line = f"{line} {word}" if line else word
        return "\r\n".join([*lines, line])

    def _report(self) -> Mail:
        service = self._chance.choice(SERVICES)
        name, address = self._person()
        subject = self._filled(self._chance.choice(TROUBLES), service)
        said = self._prose(service, 500, SENTENCES)
        id_ = self._id("mail")
        self._reports.append((id_, name, address, subject))
        quoted = self._quoted(service)
        body = f"Hello,\r\n\r\n{subject}.\r\n{said}\r\n\r\nThank you\r\n{name}\r\n\r\n{quoted}"
        if self._chance.random() < 0.5:
            return self._mail(id_, name, address, subject, body)
        return self._rich(id_, name, address, subject, said, quoted)

    def _answer(self) -> Mail:
        before, name, address, subject = self._chance.choice(self._reports)
        said = self._prose("it", 300, SENTENCES)
        quoted = self._quoted("it")
        headers = f"In-Reply-To: {before}\r\nReferences: {before}\r\n"
        body = f"{said}\r\n\r\n{quoted}"
        return self._mail(self._id("mail"), name, address, f"Re: {subject}", body, headers)

    def _alert(self) -> Mail:
        service = self._chance.choice(SERVICES)
        number = self._chance.randrange(10**6)
        subject = f"[ALERT] {service} health check failing ({number})"
        body = (
            f"Monitor: {service} synthetic check\r\nState: CRITICAL\r\nIncident: {number}\r\n\r\n"
            f"{self._log(service)}\r\n{self._prose(service, self._size - 1500)}\r\n"
        )
        headers = "Auto-Submitted: auto-generated\r\n"
        return self._mail(self._id("mon"), "Monitor", "noreply@monitor.example", subject, body,
                          headers)  # fmt: skip

    def _notice(self) -> Mail:
        service = self._chance.choice(SERVICES)
        day = utcnow()
        subject = f"Planned maintenance: {service}"
        body = (
            f"{service} will not be available on {day:%A, %B} {day.day}, {day.year},\r\nfrom "
            f"{self._chance.randrange(1, 12)}:00 PM to 11:59 PM Eastern.\r\n\r\n"
            f"{self._prose(service, self._size - 900)}\r\n"
        )
        headers = "List-Id: <downtime.lists.example>\r\nPrecedence: list\r\n"
        return self._mail(self._id("list"), "Downtime", "downtime@lists.example", subject, body,
                          headers)  # fmt: skip

    def _question(self) -> Mail:
        service = self._chance.choice(SERVICES)
        name, address = self._person()
        subject = f"Question about {service} accounts"
        body = (
            f"Hi,\r\n\r\nhow do I add a new colleague to {service}, and who approves it?\r\n"
            f"There is no hurry.\r\n\r\n{name}\r\n\r\n{self._quoted(service)}"
        )
        return self._mail(self._id("mail"), name, address, subject, body)

    def _log(self, service: str) -> str:
        return "".join(
            f"10:{n % 60:02} check {n} of {service}: status {self._chance.randrange(500, 505)}, "
            f"{self._chance.randrange(100, 30000)} ms\r\n"
            for n in range(12)
        )

    def _quoted(self, service: str) -> str:
        old = self._prose(service, int((self._size - 1300) * 0.97))
        return "On Monday the help desk wrote:\r\n> " + old.replace("\r\n", "\r\n> ") + "\r\n"

    def _rich(
        self, id_: str, name: str, address: str, subject: str, said: str, quoted: str
    ) -> Mail:
        """Text and HTML, as most programs write it; both together are of the size."""
        plain = (
            f"{subject}.\r\n{said}\r\n\r\n{name}\r\n\r\n{quoted[: len(quoted) // 2].rstrip()}\r\n"
        )
        html = plain.replace("&", "&amp;").replace(">", "&gt;").replace("\r\n", "<br>\r\n")
        body = (
            f'--edge\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\n{plain}\r\n'
            f'--edge\r\nContent-Type: text/html; charset="utf-8"\r\n\r\n'
            f"<html><body><div>{html}</div></body></html>\r\n--edge--\r\n"
        )
        headers = 'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="edge"\r\n'
        return self._mail(id_, name, address, subject, body, headers)

    def _id(self, host: str) -> str:
        return f"<{self._seed}.{self._number}@{host}.example>"

    def _mail(
        self, id_: str, name: str, address: str, subject: str, body: str, headers: str = ""
    ) -> Mail:
        head = (
            f"From: {name} <{address}>\r\nTo: triage@gateway.example\r\nSubject: {subject}\r\n"
            f"Date: {format_datetime(utcnow())}\r\nMessage-ID: {id_}\r\n{headers}\r\n"
        )
        return Mail(address, f"{head}{body}\r\n.\r\n".encode())


def mails(count: int, size: int = 10240, seed: int = 1) -> list[Mail]:
    """`count` different mails of about `size` bytes."""
    writer = _Writer(size, seed)
    return [writer.write() for _ in range(count)]


def send(port: int, recipient: str, some: list[Mail], sessions: int = 16) -> float:
    """Send all of them over kept connections; how many a second were answered 250."""
    waiting: SimpleQueue[Mail] = SimpleQueue()
    for mail in some:
        waiting.put(mail)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            _session(port, recipient, _each(waiting))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(sessions)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return len(some) / (time.perf_counter() - started)


def _each(waiting: "SimpleQueue[Mail]") -> Iterator[Mail]:
    while True:
        try:
            yield waiting.get_nowait()
        except Empty:
            return


def _session(port: int, recipient: str, some: Iterator[Mail]) -> None:
    with socket.create_connection(("127.0.0.1", port), 60) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def say(words: bytes, wanted: bytes) -> None:
            if words:
                line.sendall(words)
            heard = b""
            while not heard.endswith(b"\r\n"):
                heard += line.recv(4096)
            assert heard.startswith(wanted), heard

        say(b"", b"220")
        say(b"HELO load.example\r\n", b"250")
        to = f"RCPT TO:<{recipient}>\r\n".encode()
        for mail in some:
            say(f"MAIL FROM:<{mail.sender}>\r\n".encode(), b"250")
            say(to, b"250")
            say(b"DATA\r\n", b"354")
            say(mail.data, b"250")
        say(b"QUIT\r\n", b"221")
