"""Requests for news that come by mail: understood, screened like any mail, and acted upon.

A verified sender is obeyed at once, so is whoever holds a token of ours. Anybody else can only set
off a letter that asks back: where strangers may be answered at all, or to leave where they do
subscribe. Nothing here opens a ticket, but what says more than a request is read on like any mail.
"""

import re
from dataclasses import replace

from sqlmodel import Session

from gateway.errors import Temporary
from gateway.incidents.news_mail import Acted, NewsMail
from gateway.model import Address, Letter, Message, utcnow
from gateway.readership import Mine, Readership
from gateway.reading.lists.news_requests import Names, Request, request_in, says
from gateway.store.tables import NewsRequestRow

# What people, and mail programs, write into a mail that leaves or confirms.
_YES = re.compile(r"\W*(?:(?:yes|s[i\u00ed]|ok|okay|confirm\w*|please do)\b\W*)+", re.IGNORECASE)
_BY_PROGRAM = re.compile(r"subscri|suscri|automatic|autom\u00e1tic", re.IGNORECASE)


class ByMail:
    """Acts on mail, in the transaction that files it."""

    def __init__(self, readership: Readership, names: Names) -> None:
        self._readership = readership
        self._names = names

    def act(self, session: Session, mail: NewsMail) -> Acted | None:
        """Do what the mail asks; None where it asks nothing of our news."""
        message = mail.message
        if message.is_bounce or message.list_id or message.list_notice:
            return None
        by_token = self._by_token(session, mail)
        if by_token is not None:
            return replace(by_token, reads_on=mail.is_person and self._says_more(message))
        if not mail.is_person or message.sender is None:
            return None
        if message.forwarded or message.attachments or message.digest:
            return None  # somebody has something to show
        asked = request_in(
            message.subject, message.reply_text, self._names, _called(message.sender)
        )
        if asked is None or not message.sender.address:
            return None
        acted = self._act(session, mail, asked, message.sender.address.lower())
        if acted is None:
            return None
        return Acted(acted.reason, acted.letters, reads_on=asked.says_more)

    def _says_more(self, message: Message) -> bool:
        """Whether a person who pressed a link, or replied "Yes", reports something beside that."""
        if message.forwarded or message.attachments:
            return True
        lines = [line.strip() for line in message.reply_text.splitlines() if line.strip()]
        lines = [line for line in lines[:100] if not self._is_about_news(line[:500])]
        return says(lines, self._names, _called(message.sender))

    def _is_about_news(self, line: str) -> bool:
        if _YES.fullmatch(line):
            return True
        return (
            _BY_PROGRAM.search(line) is not None and not self._names.among(line.lower().split())[0]
        )

    def _by_token(self, session: Session, mail: NewsMail) -> Acted | None:
        """A token is as good as a signature: only its reader has it."""
        links = self._readership.links
        for address in mail.recipients:
            number = links.confirmed_at(address)
            if number is None:
                continue
            if not mail.is_person:
                return Acted("a machine's answer to a letter that asks for a confirmation")
            row, letters = self._readership.confirmed(session, number, "mail")
            return Acted("news confirmed" if row else "confirmed too late", tuple(letters))
        if "unsubscribe" not in mail.message.subject.lower():
            return None
        reader = links.reader_in(mail.message.subject)
        if reader is None:
            return None
        letter = self._readership.leave(session, reader, None, "mail")
        answers = [letter] if mail.is_person else []
        return Acted("left our news", tuple(self._limited(session, reader, answers)))

    def _act(self, session: Session, mail: NewsMail, asked: Request, address: str) -> Acted | None:
        mine = self._readership.of(session, address)
        if asked.verb == "unsubscribe" and not asked.unknown:
            return self._leave(session, mail, asked, mine)
        if mail.objection is not None:
            return Acted(f"a request about news, not answered: {mail.objection}")
        language = asked.language or mail.message.language
        if asked.verb in {"help", "list"}:
            with_services = asked.verb == "help" and not self._readership.links.page
            letters = self._readership.help(session, mine, language, with_services=with_services)
            return Acted(f"asked for {asked.verb} about news", tuple(letters))
        if asked.unknown or not asked.services:
            letters = self._limited(session, address, [self._error(asked, mine, language)])
            return Acted("a request about news that names no service of ours", tuple(letters))
        return self._subscribe(session, mail, asked, address)

    def _subscribe(self, session: Session, mail: NewsMail, asked: Request, address: str) -> Acted:
        now = utcnow()
        sender = mail.message.sender
        wanted = NewsRequestRow(
            number="", address=address, name=sender.name[:200] if sender else "",
            language=asked.language or mail.message.language,
            services=list(asked.services), wants=asked.wants,
            digest=asked.digest, how="mail", asked_at=now, expires_at=now,
        )  # fmt: skip
        return self._ask_back(session, wanted, "asked for news")

    def _leave(self, session: Session, mail: NewsMail, asked: Request, mine: Mine) -> Acted | None:
        services = list(asked.services) or None
        if mail.verified:
            goodbye = self._readership.leave(session, mine.address, services, "mail")
            letters = [] if mail.objection else self._limited(session, mine.address, [goodbye])
            return Acted(_left(services), tuple(letters))
        if not mine.rows:
            return None  # a person reads it: they may be told of something for another reason
        now = utcnow()
        wanted = NewsRequestRow(
            number="", address=mine.address, language=mine.language or asked.language,
            action="unsubscribe", services=list(services or ()), how="mail", asked_at=now,
            expires_at=now,
        )  # fmt: skip
        return self._ask_back(session, wanted, "asked to leave our news")

    def _ask_back(self, session: Session, wanted: NewsRequestRow, what: str) -> Acted:
        try:
            letter = self._readership.ask_back(session, wanted)
        except Temporary as error:
            return Acted(f"{what}; not asked back: {error}")
        if letter is None:
            return Acted(f"{what}; not asked back: that address was asked already")
        return Acted(f"{what}: asked back", (letter,))

    def _error(self, asked: Request, mine: Mine, language: str) -> Letter:
        readership = self._readership
        return readership.letter(
            "error", mine.address, mine.language or language,
            unknown=[{"word": one.word, "near": list(one.near)} for one in asked.unknown],
            page=readership.links.page,
        )  # fmt: skip

    def _limited(self, session: Session, address: str, letters: list[Letter]) -> list[Letter]:
        return [
            one
            for letter in letters
            for one in self._readership.within_limits(session, address, letter)
        ]


def _called(sender: Address | None) -> str:
    """How a person may sign."""
    return f"{sender.name} {sender.address.replace('@', ' ')}".replace(".", " ") if sender else ""


def _left(services: list[str] | None) -> str:
    """What leaving came to, for the record."""
    return f"left our news about {', '.join(services)}" if services else "left our news"
