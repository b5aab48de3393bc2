"""Commands that an operator writes by mail: the first lines, each beginning with "#" and a word.

Only what the sender newly wrote is looked at, so that a command which is quoted is none. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import blake2b

from gateway.model import Message
from gateway.store.tables import TicketRow

# What each does, as the help says it.
HELP: Mapping[str, str] = {
    "severity": "#severity WORD: how severe it is; stays so",
    "service": "#service ID[, ID]: which services are affected; stays so",
    "disposition": "#disposition WORD: what is to be done; stays so",
    "assign": "#assign me, #assign ADDRESS or TEAM: whose it is",
    "handoff": "#handoff TEAM [why]: hand it to its owner by mail",
    "merge": "#merge TG-5: make this a part of TG-5",
    "split": "#split: the message that you answer out, as a ticket of its own",
    "resolve": "#resolve [text]: it is over; everyone concerned is told, once you confirm",
    "announce": "#announce [text]: tell everyone concerned how it stands, once you confirm",
    "note": "#note text: a line for the history",
    "confirm": "#confirm WORD: do what a letter of ours asked you to confirm",
    "help": "#help: this list",
}
ALIASES = {"services": "service", "owner": "assign", "hand_off": "handoff", "hand-off": "handoff",
           "resolved": "resolve", "update": "announce", "priority": "severity"}  # fmt: skip
MOST = 20  # in one mail
WITH_TEXT = {"resolve", "announce", "note"}  # the rest of the mail is their text, if they have none
_LINE = re.compile(r"#([A-Za-z][A-Za-z_-]{1,30})(?:[:\s]+(.*))?$")
_REF = re.compile(r"TG-\d{1,10}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the word (as known, or as written), what follows it, and the ticket it names."""

    word: str
    argument: str = ""
    ticket: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is such a command."""
        return self.word in HELP

    @property
    def line(self) -> str:
        """As it was written, but for a word that must not be shown."""
        shown = "..." if self.word == "confirm" and self.argument else self.argument
        return " ".join(one for one in (f"#{self.word}", self.ticket, shown) if one)[:200]


@dataclass(frozen=True, slots=True)
class Orders:
    """The commands of a message, and whether it says anything else."""

    commands: tuple[Command, ...] = ()
    rest: str = ""

    @property
    def known(self) -> tuple[Command, ...]:
        """Those that there are."""
        return tuple(one for one in self.commands if one.is_known)


NO_ORDERS = Orders()
NEED_A_TICKET = HELP.keys() - {"help", "confirm"}


@dataclass(slots=True)
class CommandMail:
    """A mail with commands, from somebody who may give them; `ticket` is the one that it is on."""

    number: int
    message: Message
    orders: Orders
    ticket: TicketRow | None
    language: str = "en"

    @property
    def who(self) -> str:
        """The operator."""
        return self.message.sender.address.lower() if self.message.sender else ""


def orders_of(message: Message) -> Orders:
    """What the message commands."""
    lines = message.reply_text.replace("\u00a0", " ").splitlines()
    found: list[Command] = []
    for number, line in enumerate(lines):
        match = _LINE.match(line.strip())
        if match is not None and len(found) < MOST:
            found.append(_command(match[1].lower(), (match[2] or "").strip()))
        elif line.strip():
            return _with(found, "\n".join(lines[number:]).strip())
    return _with(found, "")


def _command(word: str, argument: str) -> Command:
    word = ALIASES.get(word, word)
    first, _, rest = argument.partition(" ")
    if word != "merge" and _REF.fullmatch(first):
        return Command(word, rest.strip(), first.upper())
    return Command(word, argument)


def _with(found: list[Command], rest: str) -> Orders:
    """The rest of the mail is the text of a single command that takes one and has none."""
    bare = [n for n, one in enumerate(found) if one.word in WITH_TEXT and not one.argument]
    if rest and len(bare) == 1:
        one = found[bare[0]]
        found[bare[0]] = Command(one.word, rest, one.ticket)
        rest = ""
    return Orders(tuple(found), rest)


def nearest(word: str) -> str:
    """The command that was probably meant, "" for none."""
    near = get_close_matches(word, [*HELP, *ALIASES], 1, 0.5)
    return ALIASES.get(near[0], near[0]) if near else ""


def ref_in(subject: str) -> str:
    """The ticket that a subject names; whoever may command is believed it."""
    found = _REF.search(subject)
    return found[0].upper() if found else ""


def digest(message: Message) -> str:
    """What makes a mail with commands one, by whatever way and however often it comes.

    Of what a signature covers: whoever sends a signed mail once more changes none of it.
    """
    sender = message.sender.address.lower() if message.sender else ""
    when = message.date.isoformat() if message.date else message.raw_sha256
    text = " ".join(message.reply_text.split())
    return blake2b("\0".join([sender, when, text]).encode(), digest_size=16).hexdigest()
