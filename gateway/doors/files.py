"""Messages from files: single messages, mbox, Maildir, folders of these, standard input.

Bytes are handed on as they stand; only what mbox adds (its separator line, the ">" before "From ")
is undone. A path that cannot be read is reported as such and the rest go on. A named path is
always taken. In a folder, files called *.eml and *.mbox are, and whatever else begins like a
message (an old MH folder, a corpus of numbered files); dot files, Outlook's binary .msg and
other documents are passed over, symbolic links to folders not followed; a link to nothing is
reported. Of pipes and devices only standard input is read: what is named by a path is a file.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from gateway.doors.header_scan import bare, our_recipients, return_path
from gateway.model import Envelope

SNIFFED = 4096  # bytes of a file that say whether it is mail
LONGEST_SEPARATOR = 300  # bytes looked at in a line that may separate messages
NO_FILE = "cannot be opened: it is a pipe or a device; to read a stream, give - and send it there"
_MBOX_NAMES = {".mbox", ".mbx"}
_MAIL_NAMES = _MBOX_NAMES | {".eml"}
# A line that only mail begins with (RFC 5322 section 3.6; trace fields).
_MAIL_FIELD = re.compile(
    rb"(?im)^(?:return-path|received|delivered-to|from|sender|to|cc|date|subject|message-id"
    rb"|mime-version|reply-to|x-[a-z-]+|dkim-signature|list-id)[ \t]*:"
)
_ANY_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
# "From ", an address, and a date as asctime writes it, perhaps with a zone (RFC 4155).
_SEPARATOR = re.compile(rb"From .*\b\d{1,2}:\d\d\b.*\b\d{4}\b|From .*\b\d{4}\b.*\b\d{1,2}:\d\d\b")
_QUOTED_FROM = re.compile(rb">+From ")


@dataclass(frozen=True, slots=True)
class Found:
    """One message, or in `error` why there is none. `from_line` is the sender an mbox names."""

    path: str
    raw: bytes | None
    error: str | None
    from_line: str | None = None


def arrivals(paths: Iterable[str | Path], stdin: BinaryIO | None = None) -> Iterator[Found]:
    """The messages in `paths`, in order; `-` is `stdin` (default: standard input).

    Paths are as given, in a folder with the file's path added, in an mbox with `#1`, `#2`, ...
    """
    for path in paths:
        if str(path) == "-":
            yield from _guarded("-", stdin or sys.stdin.buffer)
        elif Path(path).is_dir():
            yield from _in_folder(Path(path), str(path))
        else:
            yield from _in_file(Path(path), str(path))


def envelope_of(
    raw: bytes,
    addresses: Sequence[str],
    path: str = "",  # noqa: ARG001 - callers have it; the envelope has no place for it yet
    from_line: str | None = None,
) -> Envelope:
    """What a stored message says of its envelope: `addresses` are ours, the first the default."""
    sender = return_path(raw)
    return Envelope(
        door="file",
        sender=from_line if sender is None else sender,
        recipients=our_recipients(raw, addresses) or tuple(addresses[:1]),
    )


# --- folders -----------------------------------------------------------------------------


def _in_folder(folder: Path, name: str) -> Iterator[Found]:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        yield Found(name, None, _why(error))
        return
    is_maildir = _is_maildir(folder)
    in_maildir = folder.name in {"cur", "new"} and _is_maildir(folder.parent)
    prefix = name.rstrip("/") + "/"
    for entry in entries:
        if entry.is_dir():
            hidden = entry.name.startswith(".") and not (is_maildir and _is_maildir(entry))
            unfinished = is_maildir and entry.name == "tmp"
            if not (hidden or unfinished or entry.is_symlink()):
                yield from _in_folder(entry, prefix + entry.name)
        elif _is_wanted(entry, in_maildir=in_maildir):
            yield from _in_file(entry, prefix + entry.name)


def _is_maildir(folder: Path) -> bool:
    return (folder / "cur").is_dir() and (folder / "new").is_dir()


def _is_wanted(file: Path, *, in_maildir: bool) -> bool:
    """Whether to take it; true, so that somebody hears of it, for what should be there."""
    if file.name.startswith("."):
        return False
    if in_maildir or file.suffix.lower() in _MAIL_NAMES or not file.exists():
        return True
    return file.is_file() and _begins_like_mail(file)


def _begins_like_mail(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            head = stream.read(SNIFFED).lstrip(b"\r\n")
    except OSError:
        return True  # so that somebody hears of it
    if _SEPARATOR.match(head):
        return True
    block = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    return bool(_ANY_FIELD.match(block)) and len(set(_MAIL_FIELD.findall(block))) >= 2


# --- files -------------------------------------------------------------------------------


def _in_file(file: Path, name: str) -> Iterator[Found]:
    try:
        if file.exists() and not file.is_file():
            yield Found(name, None, NO_FILE)
            return
        stream = file.open("rb")
    except OSError as error:
        yield Found(name, None, _why(error))
        return
    with stream:
        yield from _guarded(name, stream)


def _guarded(name: str, stream: BinaryIO) -> Iterator[Found]:
    try:
        yield from _in_stream(name, stream)
    except OSError as error:
        yield Found(name, None, _why(error))


def _in_stream(name: str, stream: BinaryIO) -> Iterator[Found]:
    first, second = stream.readline(), stream.readline()
    if not _begins_mbox(first, second):
        raw = first + second + stream.read()
        yield Found(name, raw, None if raw else "the file is empty")
        return
    messages = _split(chain([first, second], stream))
    sender, raw = next(messages)
    following = next(messages, None)
    if following is None and Path(name).suffix.lower() not in _MBOX_NAMES:
        yield Found(name, raw, None, sender)  # a single message that was saved with its separator
        return
    yield Found(f"{name}#1", raw, None, sender)
    rest = messages if following is None else chain([following], messages)
    for number, (sender, raw) in enumerate(rest, start=2):
        yield Found(f"{name}#{number}", raw, None, sender)


def _begins_mbox(first: bytes, second: bytes) -> bool:
    dated = _SEPARATOR.match(first[:LONGEST_SEPARATOR]) is not None
    return dated or (first.startswith(b"From ") and _ANY_FIELD.match(second) is not None)


def _split(lines: Iterable[bytes]) -> Iterator[tuple[str | None, bytes]]:
    """(sender, message) of each message of an mbox whose first line is a separator.

    A separator follows an empty line and has a date, unless even the first one has none.
    """
    separator = None
    sender: str | None = None
    message: list[bytes] = []
    after_empty = True
    for line in lines:
        if separator is None:
            is_dated = _SEPARATOR.match(line[:LONGEST_SEPARATOR])
            separator = _SEPARATOR if is_dated else re.compile(rb"From ")
            sender = _sender(line)
        elif after_empty and separator.match(line[:LONGEST_SEPARATOR]):
            yield sender, _without_last_empty_line(message)
            sender, message = _sender(line), []
        else:
            message.append(line[1:] if _QUOTED_FROM.match(line) else line)
        after_empty = line in {b"\n", b"\r\n"}
    yield sender, _without_last_empty_line(message)


def _sender(separator: bytes) -> str | None:
    """The reverse path in a separator line; "" for MAILER-DAEMON, None where it is no address."""
    words = separator.decode("utf-8", "replace").split()
    if len(words) > 1 and words[1].upper() == "MAILER-DAEMON":
        return ""
    return bare(words[1]) if len(words) > 1 and "@" in words[1].strip("@") else None


def _without_last_empty_line(message: list[bytes]) -> bytes:
    """mbox puts an empty line after every message."""
    if len(message) > 1 and message[-1] in {b"\n", b"\r\n"}:
        message = message[:-1]
    return b"".join(message)


def _why(error: OSError) -> str:
    return error.strerror or str(error)
