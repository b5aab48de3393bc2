"""Letters: a template and facts become a finished message, its identity fixed for good.

A letter is from us and never from the person it speaks about; answers to it come back to its
ticket (Reply-To with the token, References); it says that a machine wrote it (RFC 3834), so
that no other machine answers. Pure: what is written here is sent, once, by the outbox.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

from gateway.errors import ConfigError, Permanent
from gateway.letters import mime
from gateway.letters.forms import Form, form, marks_for
from gateway.letters.links import Links, Ways
from gateway.letters.return_path import ReturnPaths
from gateway.letters.templates import Rendered, Templates
from gateway.letters.wording import Clock, lasting, named, paragraphs, person, shortened, topic
from gateway.model import Address, Letter, NoticeKind, utcnow

__all__ = ["NEWS", "Letters", "Links", "ReturnPaths", "is_reachable", "named"]

ANSWER = "acknowledgement"
SUBSCRIPTION = "subscription_"  # letters about somebody's subscriptions begin with it
# What readers may unsubscribe from; everything else answers them, or was asked for by name.
NEWS = frozenset({*get_args(NoticeKind), "digest"})
SUBJECT_LENGTH = 180
# Some servers refuse endless References; the first (the thread) and the last (the place) count.
REFERENCES_KEPT = 20
# What a letter says nothing of unless it is given.
UNTOLD: dict[str, Any] = {"windows": (), "earlier": (), "reach": "unknown", "people": None}
KEPT = 200  # forms that are kept for further readers
_IDENTIFIER = re.compile(r"[^\s<>]{1,250}")
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x1f\x7f]{1,256}@[^\s<>()\\,;\"@\x00-\x1f\x7f]+")


class Letters:
    """Writes letters from the templates in `folders`, the most specific folder first.

    `sender` and `name` stand in From; answers go to `address` with the ticket's token added;
    `organization` is how we call ourselves; `language` is used where the reader's has no
    template; times are shown in `zone`. Bounces come to `return_paths`, one a letter, once it is
    set; without it they end. News says how to get less of it by `links`, once they are set.
    Raises ConfigError for a template that cannot work.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        sender: str,
        name: str,
        organization: str,
        address: str,
        language: str = "en",
        zone: str = "America/New_York",
    ) -> None:
        try:
            clock = Clock(ZoneInfo(zone))
        except (KeyError, ValueError, OSError) as error:
            raise ConfigError(f"zone: {zone} is no time zone such as America/New_York") from error
        self._sender = _checked(sender)
        self.language = language
        self._name = name
        self.return_paths: ReturnPaths | None = None
        self.links: Links | None = None
        self._mark = f"reader-{secrets.token_hex(16)}"  # in no text that a stranger wrote
        # The facts that the readers of one notice share, and the forms that were made of them.
        self._shared: tuple[Mapping[str, Any], dict[tuple[Any, ...], Form]] = {}, {}
        self._address = _checked(address)
        self._domain = sender.rpartition("@")[2]
        self._templates = Templates(
            folders,
            language,
            {"name": name, "organization": organization, "address": address,
             "domain": self._domain},
            {"topic": topic, "person": person, "short": shortened, "line": mime.one_line,
             "paragraphs": paragraphs, "local": clock.local, "lasting": lasting},
        )  # fmt: skip

    def write(
        self,
        kind: str,
        *,
        key: str,
        recipient: Address,
        language: str,
        facts: Mapping[str, Any],
        ref: str = "",
        token: str = "",
        ticket_id: int | None = None,
        service: str | None = None,
        source: str | None = None,
        in_reply_to: str | None = None,
        references: Sequence[str] = (),
        message_id: str | None = None,
        envelope_sender: str | None = None,
        reply_to: str | None = None,
        calendar: mime.CalendarPart | None = None,
        own: Mapping[str, Any] | None = None,
    ) -> Letter:
        """The finished letter of that `kind` to `recipient` about ticket `ref`, if about one.

        Where many readers get it, `facts` (one object for all of them, which is not changed) are
        what they share and `own` what this one has beside; it is put together once, then.
        Answers go to `reply_to`, if given, else to the ticket. Raises Permanent where no letter can
        be written: no template, a fact missing, or an address that no mail can go to.
        """
        to = _checked(recipient.address)
        ways = self.links.ways(to) if self.links and kind != ANSWER else None
        known: dict[str, Any] = {
            "kind": kind,
            "ref": ref,
            "token": token,
            "recipient": recipient.name,
        }
        narrower = language, service, source
        if own is None:
            rendered = self._rendered({**UNTOLD, **facts, **known, "ways": ways}, narrower)
            stated, body = rendered.fields, mime.body(rendered.text, rendered.html, calendar)
        else:
            shared = self._form(facts, {**known, **own}, ways, narrower, calendar)
            stated, body = shared.fields(ways or shared.marks), shared.body(ways or shared.marks)
        subject = _tagged(stated["Subject"], ref)
        about = f"{ref}.{token}" if ref else "news"
        fixed = message_id or f"{about}.{secrets.token_hex(8)}@{self._domain}"
        fields = [
            mime.mailbox("From", self._sender, self._name),
            mime.mailbox("To", to, recipient.name),
            mime.unstructured("Subject", subject),
            mime.date(utcnow()),
            mime.identifiers("Message-ID", [fixed]),
            *_thread(in_reply_to, references),
            mime.mailbox("Reply-To", reply_to or self._reply_to(token)),
            *_automatic(kind),
            *(self._list_fields(stated, ways) if kind in NEWS else ()),
            *_of_the_template(stated),
        ]
        return Letter(
            key=key,
            kind=kind,
            recipient=to,
            message_id=fixed,
            subject=subject,
            sender=self._return_path(kind) if envelope_sender is None else envelope_sender,
            raw=mime.whole(fields, body),
            ticket_id=ticket_id,
        )

    def _rendered(
        self, known: dict[str, Any], narrower: tuple[str, str | None, str | None]
    ) -> Rendered:
        language, service, source = narrower
        return self._templates.render(
            known["kind"], language=language, facts=known, service=service, source=source
        )

    def _form(
        self,
        facts: Mapping[str, Any],
        own: Mapping[str, Any],
        ways: Ways | None,
        narrower: tuple[str, str | None, str | None],
        calendar: mime.CalendarPart | None,
    ) -> Form:
        """The form of the readers who have these facts and those of their `own` in common."""
        common, kept = self._shared
        if common is not facts:
            self._shared = common, kept = facts, {}
        key = (*narrower, *own.items(), ways is None)
        found = kept.get(key)
        if found is None:
            marks = marks_for(ways, self._mark)
            known = {**UNTOLD, **facts, **own, "ways": marks if ways else None}
            found = form(self._rendered(known, narrower), marks, calendar)
            while len(kept) >= KEPT:
                kept.pop(next(iter(kept)), None)
            kept[key] = found
        return found

    def command(self, to: str, *, sender: str, subject: str, body: str, key: str) -> Letter:
        """A letter to the manager of a mailing list, who reads commands and nothing else.

        It does not say that a machine wrote it: a list manager would not listen.
        """
        to, sender = _checked(to), _checked(sender)
        fixed = f"{secrets.token_hex(16)}@{self._domain}"
        fields = [
            mime.mailbox("From", sender),
            mime.mailbox("To", to),
            mime.unstructured("Subject", subject),
            mime.date(utcnow()),
            mime.identifiers("Message-ID", [fixed]),
        ]
        return Letter(
            key=key,
            kind="list",
            recipient=to,
            message_id=fixed,
            subject=mime.one_line(subject),
            sender=sender,
            raw=mime.message(fields, f"{body}\n", None),
        )

    def private(self, to: str, *, kind: str, subject: str, body: str, key: str) -> Letter:
        """A letter to somebody who works here, about no ticket; nobody is to answer it."""
        to = _checked(to)
        fixed = f"{secrets.token_hex(16)}@{self._domain}"
        fields = [
            mime.mailbox("From", self._sender, self._name),
            mime.mailbox("To", to),
            mime.unstructured("Subject", subject),
            mime.date(utcnow()),
            mime.identifiers("Message-ID", [fixed]),
            *_automatic(kind),
        ]
        return Letter(
            key=key,
            kind=kind,
            recipient=to,
            message_id=fixed,
            subject=mime.one_line(subject),
            sender="",
            raw=mime.message(fields, f"{body}\n", None),
        )

    def copy(
        self, to: str, *, key: str, ref: str, token: str, number: int, subject: str, body: str
    ) -> Letter:
        """A letter to a mailbox that keeps copies of tickets; number 0 begins its thread."""
        to = _checked(to)
        first, fixed = (f"{ref}.{token}.copy-{n}@{self._domain}" for n in (0, number))
        subject = _tagged(mime.one_line(subject), ref)
        fields = [
            mime.mailbox("From", self._sender, self._name),
            mime.mailbox("To", to),
            mime.unstructured("Subject", subject),
            mime.date(utcnow()),
            mime.identifiers("Message-ID", [fixed]),
            *_thread(first if number else None, ()),
            mime.mailbox("Reply-To", self._reply_to(token)),
            *_automatic("copy"),
        ]
        return Letter(
            key=key,
            kind="copy",
            recipient=to,
            message_id=fixed,
            subject=subject,
            sender=self._return_path("copy"),
            raw=mime.message(fields, f"{body}\n", None),
        )

    @property
    def languages(self) -> list[str]:
        """Those in which there is a letter of every kind."""
        return self._templates.languages()

    @property
    def kinds(self) -> dict[str, list[str]]:
        """Every kind of letter, with the languages that it is written in."""
        return self._templates.kinds()

    def _return_path(self, kind: str) -> str:
        """An answer has the null sender: whatever came back of it might be answered again."""
        if _is_answer(kind) or self.return_paths is None:
            return ""
        return self.return_paths.new()

    def _list_fields(self, stated: Mapping[str, str], ways: Ways | None) -> list[bytes]:
        """What lets a reader's program show and leave our list (RFC 2369, 2919 and 8058).

        One click is only promised where there is a page that can keep the promise.
        """
        fields = []
        if "List-Id" not in stated:
            fields.append(mime.unstructured("List-Id", f"<service-news.{self._domain}>"))
        fields.append(b"List-Post: NO\r\n")
        if ways is None:
            return fields
        fields.append(mime.unstructured("List-Help", f"<{ways.help_mail}>"))
        mail = f"<{ways.unsubscribe_mail}>"
        if not ways.unsubscribe.startswith("https://"):
            return [*fields, mime.unstructured("List-Unsubscribe", mail)]
        return [
            *fields,
            mime.unstructured("List-Unsubscribe", f"<{ways.unsubscribe}>, {mail}"),
            b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        ]

    def _reply_to(self, token: str) -> str:
        if not token:
            return self._address
        local, _, domain = self._address.rpartition("@")
        return f"{local}+{token}@{domain}"


def is_reachable(address: str) -> bool:
    """Whether a letter can be addressed to it."""
    try:
        _checked(address)
    except Permanent:
        return False
    return True


def _checked(address: str) -> str:
    """`address`, if it can stand in a header field and an SMTP command as it is."""
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise Permanent("the address is not one that mail can be sent to")
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise Permanent("the domain of the address is not one that mail can be sent to") from error


def _is_answer(kind: str) -> bool:
    return kind == ANSWER or kind.startswith(SUBSCRIPTION)


def _tagged(subject: str, ref: str) -> str:
    if not ref:
        return shortened(" ".join(subject.split()), SUBJECT_LENGTH)
    plain = " ".join(subject.replace(f"[{ref}]", " ").split())
    return f"{shortened(plain, SUBJECT_LENGTH)} [{ref}]"


def _thread(in_reply_to: str | None, references: Sequence[str]) -> list[bytes]:
    """RFC 5322 section 3.6.4; identifiers that are none are left out."""
    parent = in_reply_to if in_reply_to and _IDENTIFIER.fullmatch(in_reply_to) else None
    ids = [one for one in dict.fromkeys(references) if _IDENTIFIER.fullmatch(one)]
    if parent:
        ids = [one for one in ids if one != parent] + [parent]
    if len(ids) > REFERENCES_KEPT + 1:
        ids = [ids[0], *ids[-REFERENCES_KEPT:]]
    ascii_ids = [one for one in ids if one.isascii()]
    fields = []
    if parent and parent.isascii():
        fields.append(mime.identifiers("In-Reply-To", [parent]))
    if ascii_ids:
        fields.append(mime.identifiers("References", ascii_ids))
    return fields


def _automatic(kind: str) -> list[bytes]:
    """RFC 3834 section 5: an answer to one message, or news that nobody's message caused."""
    word = "auto-replied" if _is_answer(kind) else "auto-generated"
    return [
        f"Auto-Submitted: {word}\r\n".encode("ascii"),
        b"X-Auto-Response-Suppress: All\r\n",
    ]


def _of_the_template(stated: Mapping[str, str]) -> list[bytes]:
    return [
        mime.unstructured(field, value)
        for field, value in stated.items()
        if field != "Subject" and value
    ]
