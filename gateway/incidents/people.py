"""Who is the same person, as far as that is sure: people are counted, not mails or addresses. Pure.

The same mailbox is one person, however its address is written. The same full name is one person
only at one organization (a public mail provider is none), or where both addresses have the same
local part. A name with digits is an account's.
"""

import re
import unicodedata
from collections.abc import Iterable

from gateway.incidents.threads import PUBLIC
from gateway.model import Address, Message

_DOTLESS = {"gmail.com", "googlemail.com"}
_ROLES = {
    "team", "desk", "help", "support", "service", "office", "center", "centre", "noreply", "triage",
    "admin", "info", "alerts", "monitoring", "notification", "notifications", "list", "group",
    "staff", "operations", "system", "portal", "gateway",
}  # fmt: skip
_VIA = re.compile(r"\s(?:via|on behalf of|\(via)\b.*$|\([^()]*\)\s{0,9}$", re.I)


def key_of(address: str) -> str:
    """The mailbox that an address means: without tag, and without dots where they mean nothing."""
    local, _, domain = address.lower().strip().rpartition("@")
    local = local.partition("+")[0]
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def full_name(name: str) -> str:
    """The name of a person, folded; "" where it is none, or not whole."""
    plain = unicodedata.normalize("NFKD", _VIA.sub("", name)).encode("ascii", "ignore").decode()
    if "," in plain:  # Roe, Jane
        last, _, first = plain.partition(",")
        plain = f"{first} {last}"
    if any(mark.isdigit() for mark in plain):
        return ""  # an account, not a name
    words = [word for word in re.findall(r"[a-z'-]+", plain.lower()) if len(word) > 1]
    if not 2 <= len(words) <= 4 or _ROLES & set(words):
        return ""
    return f"{words[0]} {words[-1]}"


def organization(address: str) -> str:
    """The last two labels of a domain, or three where the last two are nobody's."""
    labels = address.lower().rpartition("@")[2].split(".")
    short = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if short else -2 :])


def is_same(one: Address, other: Address) -> bool:
    """Whether these two are surely one person."""
    mine, theirs = key_of(one.address), key_of(other.address)
    if mine == theirs:
        return True
    name = full_name(one.name)
    if not name or name != full_name(other.name):
        return False
    domain = mine.rpartition("@")[2]
    same_house = domain not in PUBLIC and organization(mine) == organization(theirs)
    return mine.partition("@")[0] == theirs.partition("@")[0] or same_house


def writer_of(message: Message) -> Address | None:
    """The person whose words these are, also where a list or a form sent them."""
    sender = message.sender
    if sender is None or not sender.address:
        return None
    lists = (message.list_id or "", *(message.header(n) or "" for n in ("list-post", "sender")))
    is_list = any(sender.address.lower() in one.lower() for one in lists if one)
    original = message.header("x-original-from") or ""
    found = re.search(r"[\w.+-]{1,64}@[\w.-]{1,255}\w", original)
    if is_list and found:
        return Address(found[0].lower(), _VIA.sub("", sender.name))
    if is_list and message.reply_to and message.reply_to.address.lower() != sender.address.lower():
        return Address(message.reply_to.address, _VIA.sub("", sender.name))
    return sender


def person_of(one: Address, known: Iterable[tuple[str, Address]]) -> str:
    """The key of a person among those that are `known`, each with its key; else a new one."""
    return next((key for key, other in known if is_same(one, other)), key_of(one.address))
