"""An address field to its mailboxes, whatever the sender's program made of it.

What is written plainly is read at once. All else goes to mail-parser, which knows the grammar
(RFC 5322 section 3.4: comments, groups, quoting); where it reports a doubt, a lenient reader takes
every address that is there, with the name nearest to it.
"""

import re
from functools import lru_cache

from mailparser import MailParser, parse_from_string

from gateway.model import Address
from gateway.reading.structure import encoded_words

MAX_ADDRESSES = 500
LONGEST = 320
FAMILIAR = 200  # characters; a longer field is read each time

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}"
_PLAIN = re.compile(
    rf'[ \t]*+(?:"([^"\\<>@]{{0,200}})"|([^"\\<>@(),:;\[\]]{{1,200}}+))?'
    rf"[ \t]*+<({_ATOM})>[ \t]*+(?:,|\Z)"
    rf"|[ \t]*+({_ATOM})[ \t]*+(?:,|\Z)"
)
_ANGLE = re.compile(r"<\s{0,20}+([^<>]{1,400}+)>")
_ADDRESS = re.compile(
    r"(?:\"[^\"\s@]{1,64}\"|[^\s<>()\[\]:;,\"@]{1,64})"
    r"@(?:\[[0-9A-Fa-f:.]{2,60}\]|[^\s<>()\[\]:;,\"@]{1,255})"
)
_QUOTED_LOCAL = re.compile(r'"[^"\n]{1,64}"@[^\s<>()\[\]:;,"@]{1,255}')
_MAILTO = re.compile(r"\bmailto:", re.I)
_AT_IN_WORDS = re.compile(r"([\w.+-]{1,64}) at ((?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w.])")
_COMMENT = re.compile(r"\s*+\(((?:[^()]|\([^()]{0,200}\)){0,200}+)\)")
_UNQUOTED = re.compile(r"\\(.)")
_SPACED_DOT = re.compile(r"(?<!\s)\s{0,20}\.\s{0,20}")
_MISSING_CLOSE = re.compile(r"<[^<>]{1,400}\Z")


def read(raw: str, charset: str | None = None) -> tuple[Address, ...]:
    """The mailboxes of a raw field body; `charset` is that of raw 8-bit bytes."""
    return _familiar(raw, charset) if len(raw) < FAMILIAR else _read(raw, charset)


def _read(raw: str, charset: str | None) -> tuple[Address, ...]:
    text = encoded_words.plain(raw, charset)
    if (plainly := _plainly(text)) is not None:
        return plainly
    if "@" in text:
        found = _by_mail_parser(text)
        if found is not None:
            return found
    return lenient(text)


# Most mail comes from and goes to whom the mail before it did.
_familiar = lru_cache(maxsize=1024)(_read)


def _plainly(text: str) -> tuple[Address, ...] | None:
    """The mailboxes of a field in which each is plain, or None."""
    found: list[Address] = []
    at = 0
    while at < len(text):
        match = _PLAIN.match(text, at)
        if match is None or len(found) >= MAX_ADDRESSES:
            return None
        quoted, name, angled, bare = match.groups()
        if "=?" in (angled or bare):
            return None
        local, _, domain = (angled or bare).rpartition("@")
        address = f"{local}@{domain.strip('.').lower()}"
        shown = quoted or name
        found.append(Address(address, display_name(shown, address) if shown else ""))
        at = match.end()
    return tuple(found) if found else None


def _by_mail_parser(text: str) -> tuple[Address, ...] | None:
    try:
        mail: MailParser = parse_from_string(f"From: {text}\n\n")
        if any(d.get("reason") != "invalid-display-name" for d in mail.address_header_defects):
            return None
        pairs = mail.from_[:MAX_ADDRESSES]
    except Exception:  # whatever it trips over, the lenient reader goes on
        return None
    found = [_address(address, name) for name, address in pairs]
    if "(" in text and len(found) == 1 and found[0] and not found[0].name:
        return None  # a comment that it does not take for a name
    return tuple(one for one in found if one is not None) or None


def lenient(text: str) -> tuple[Address, ...]:
    """Every mailbox in a field body that keeps to no grammar, with the name nearest to it."""
    text = _MAILTO.sub("", text[: encoded_words.LIMIT])
    if "@" not in text or ("=?" in text and "@" not in encoded_words.without_words(text)):
        text = encoded_words.decode(text)
    if "@" not in text:
        text = _AT_IN_WORDS.sub(r"\1@\2", text)
    if _MISSING_CLOSE.search(text):
        text += ">"
    found: list[Address] = []
    end = 0
    for match in _ANGLE.finditer(text):
        if "@" not in match[1]:
            continue
        bare, name = _before_angle(text[end : match.start()])
        found += bare
        address = _address(match[1], name)
        if address is not None:
            found.append(address)
        end = match.end()
        if len(found) > MAX_ADDRESSES:
            break
    rest = text[end:]
    if len(found) == 1 and not found[0].name and "@" not in rest and (name := display_name(rest)):
        return (Address(found[0].address, name),)
    found += _bare(rest)
    return tuple(found[:MAX_ADDRESSES])


def _before_angle(before: str) -> tuple[list[Address], str]:
    """What stands before `<...>`: bare addresses of earlier items, and this one's name."""
    before = before.lstrip(" ,;:\t")
    cut = max(before.rfind(","), before.rfind(";")) if _ADDRESS.search(before) else -1
    return (_bare(before[:cut]) if cut > 0 else []), before[cut + 1 :]


def _bare(text: str) -> list[Address]:
    found: list[Address] = []
    pattern = _QUOTED_LOCAL if _QUOTED_LOCAL.search(text) else _ADDRESS
    for match in pattern.finditer(text):
        if len(found) > MAX_ADDRESSES:
            break
        comment = _COMMENT.match(text, match.end())
        before = text[: match.start()].rstrip("[(< \t") if not found else ""
        name = comment[1] if comment else before
        address = _address(match[0], name if "," not in name else "")
        if address is not None:
            found.append(address)
    return found


def _address(raw: str, name: str) -> Address | None:
    """A mailbox with bare address and readable name, or None where there is no address."""
    bare = raw if raw.isascii() and "=?" not in raw else encoded_words.decode(raw)
    bare = _MAILTO.sub("", bare.strip(" \t<>.,;:'"))
    if bare.startswith("@"):  # a route (RFC 5322 section 4.4)
        bare = bare.rpartition(":")[2]
    local, at, domain = bare.rpartition("@")
    domain = (
        _SPACED_DOT.sub(".", domain.strip()).split(None, 1)[0].strip(".,;\"'")
        if domain.strip()
        else ""
    )
    local = " ".join(local.split())
    if not (local.startswith('"') and local.endswith('"') and len(local) > 2):
        local = _SPACED_DOT.sub(".", local).rpartition(" ")[2].strip("\"'")
    if not at or not local or not domain or len(bare) > LONGEST:
        return None
    return Address(f"{local}@{domain.lower()}", display_name(name, bare))


def display_name(raw: str, address: str = "") -> str:
    """A display name without quotes and encoding; "" where it only repeats the address."""
    name = encoded_words.decode(raw)
    if "\\" in name:
        name = _UNQUOTED.sub(r"\1", name)
    name = " ".join(name.split()).strip(" \t\"'<>,;:")
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1]
    return "" if name.lower() == address.lower() else name[:300]
