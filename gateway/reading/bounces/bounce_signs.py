"""Whether a message is a delivery report that no standard describes: by who sent it, what it says.

Under a daemon's name no person sends, so little is asked of such mail. A postmaster may be a
person, who also writes of mail trouble: then the text must begin as reports do and name who was
not reached. Of other machines that, and a subject that begins as one of a report. Whoever answers
a report or passes it on is no machine.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import cached_property

from gateway.reading.bounces import bounce_text, bounce_words
from gateway.reading.structure import addresses_in, mime

SUBJECT_BEGINS = 12  # how far into a subject its words may begin, for a tag before them
BEGINNING = 1000  # how far into a text its opening words are looked for


@dataclass(frozen=True)
class Suspect:
    """A message that may be a report, as the checks look at it."""

    parsed: mime.Parsed
    fields: Mapping[str, str]
    text: str
    attached: tuple[Message, ...]

    @cached_property
    def subject(self) -> str:
        """In lower case, as `head` is."""
        return self.fields.get("subject", "").lower()

    @cached_property
    def head(self) -> str:
        """How the text begins."""
        return self.text[:6000].lower()

    @cached_property
    def is_daemon(self) -> bool:
        """Whether no person ever sends under that name."""
        return any(bounce_words.DAEMON.search(one) for one in self._names)

    @cached_property
    def is_office(self) -> bool:
        """Whether it is the name of a machine, of a person who looks after the mail, or none."""
        return not self._address or any(bounce_words.OFFICE.search(one) for one in self._names)

    @property
    def is_no_reply(self) -> bool:
        """Whether it wants no answer, as a machine that reports or sells may."""
        return any(bounce_words.NO_REPLY.search(one) for one in self._names)

    @cached_property
    def names_somebody(self) -> bool:
        """Whether the text surely names somebody who was not reached."""
        return bounce_text.names_somebody(self.said, self.ours)

    @cached_property
    def said(self) -> str:
        """What the mail system says, without the message that it returns."""
        return bounce_text.report_part(self.text)

    @property
    def ours(self) -> set[str]:
        """The addresses that the report itself went between, in lower case."""
        names = ("from", "to", "reply-to", "return-path", "sender")
        found = (addresses_in.every(self.fields.get(name, "")) for name in names)
        return {address.lower() for each in found for address in each}

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The name and the address in From, where either may be a machine's."""
        sender = self.fields.get("from", "").strip().lower()
        if not any(word in sender for word in bounce_words.MACHINES):
            return ()
        return (sender, self._address.lower())

    @cached_property
    def _address(self) -> str:
        sender = self.fields.get("from", "")
        return next(iter(addresses_in.every(sender)), "") if "@" in sender else ""

    @property
    def host(self) -> str:
        """Where the mail system stands that sent it."""
        return self._address.rpartition("@")[2]

    @property
    def is_null(self) -> bool:
        """Whether it came from the null sender."""
        return self.fields.get("return-path", "").strip() == "<>"


def is_passed_on(mail: Suspect) -> bool:
    """Whether somebody answers a report or passes it on, as people do."""
    if mail.is_daemon or bounce_words.PASSED_ON.match(mail.subject) is None:
        return False
    if not mail.is_office:
        return True
    opens = bounce_words.OPENER.search(mail.head[:200]) is not None
    return not mail.is_null and not (opens and "\n>" not in mail.head)


def is_machine(mail: Suspect) -> bool:
    """Whether a machine may have sent it: a cheap look that most mail does not pass."""
    if mail.is_null or "auto-submitted" in mail.fields or "x-failed-recipients" in mail.fields:
        return True
    return mail.is_daemon or mail.is_office or mail.is_no_reply


def says_success(mail: Suspect, kind_said: str) -> bool:
    """Whether it reports that a message has arrived."""
    if not (kind_said or mail.is_daemon or mail.is_office):
        return False
    if bounce_words.SUCCESS_SUBJECT.search(mail.subject):
        return True
    if not bounce_words.SUBJECT.search(mail.subject):
        return False
    head = mail.head[:BEGINNING]
    is_doubtful = any(word in head for word in ("fail", "fatal", "error", "undeliver", "reject"))
    return not is_doubtful and bounce_words.SUCCESS_TEXT.search(head) is not None


def is_home_made(mail: Suspect, kind_said: str) -> bool:
    """Whether it is a report in a form of its own; `kind_said` is its report-type."""
    if is_passed_on(mail):
        return False
    if "x-failed-recipients" in mail.fields:
        return True
    subject = bounce_words.SUBJECT.search(mail.subject)
    if mail.is_daemon or kind_said == "delivery-status":
        if subject is not None or _says_failure(mail):
            return True
        is_surely = mail.is_null or "return-path" not in mail.fields
        least = bounce_text.WEAK if is_surely else bounce_text.STRONG
        return bounce_text.names_somebody(mail.said, mail.ours, least)
    if not mail.is_office:
        return _is_machines_report(mail, subject)
    return _is_offices_report(mail, subject)


def _is_offices_report(mail: Suspect, subject: re.Match[str] | None) -> bool:
    """Whether a postmaster's machine reports, and not the postmaster."""
    opens = bounce_words.OPENER.search(mail.head[:BEGINNING]) is not None
    by_code = bounce_words.CODE.search(mail.head) is not None
    if mail.is_null:
        return subject is not None or opens or (by_code and mail.names_somebody)
    if bounce_words.GREETING.match(mail.head):
        return False
    if "return-path" in mail.fields:
        return opens and mail.names_somebody
    if opens or (subject is not None and subject.start() <= SUBJECT_BEGINS):
        return True
    is_said = (subject is not None and _says_failure(mail)) or (by_code and not _is_list(mail))
    return is_said and mail.names_somebody


def _is_machines_report(mail: Suspect, subject: re.Match[str] | None) -> bool:
    """Whether a machine that may send anything reports: it says so at once, and of whom."""
    begin = mail.head[:200]
    if subject is not None and subject.start() <= SUBJECT_BEGINS:
        words = begin if _is_list(mail) else mail.head
        return bounce_words.FAILURE.search(words) is not None and mail.names_somebody
    has_cause = bounce_words.FULL.search(begin) or bounce_words.REFUSED.search(begin)
    return bool(has_cause and bounce_words.OPENER.search(begin)) and mail.names_somebody


def _is_list(mail: Suspect) -> bool:
    return "list-id" in mail.fields or "list-unsubscribe" in mail.fields


def _says_failure(mail: Suspect) -> bool:
    return bounce_words.FAILURE.search(mail.head) is not None
