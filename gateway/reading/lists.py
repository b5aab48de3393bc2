"""Which mailing list a message came through, and whether it is list or bulk mail.

RFC 2919 (List-Id), RFC 2369 (List-Post and its kin), and what ezmlm, Yahoo, Majordomo and
LISTSERV write instead. The identifier is bare and lower case.
"""

import re
from collections.abc import Mapping

_BRACKETS = re.compile(r"<([^<>]{1,255})>")
_LIST_WORD = re.compile(r"\blist\s+([^\s;,<>]{3,255}@[^\s;,<>]{3,255})", re.I)
_MAILTO = re.compile(r"<\s*mailto:([^?>\s]{3,320})", re.I)
_ADDRESS = re.compile(r"[^\s<>()\",;:@]{1,64}@[^\s<>()\",;:@]{1,255}")
_TOKEN = re.compile(r"[\w.@=+-]{3,255}")
_BULK = {"bulk", "list", "junk"}
_HOUSEKEEPING = ("list-unsubscribe", "list-post", "list-help", "list-subscribe", "list-archive",
                 "list-owner", "x-beenthere", "x-mailing-list", "mailing-list", "x-mailman-version",
                 "x-listname", "x-ml-name", "feedback-id", "x-campaign", "x-campaignid",
                 "x-mailer-list", "x-list-id")  # fmt: skip


def list_id(fields: Mapping[str, str]) -> str | None:
    """The identifier of the list in `fields` (lower-case name -> decoded body), or None."""
    value = fields.get("list-id") or fields.get("x-list-id")
    if value:
        found = _identifier(value)
        if found:
            return found
    if value := fields.get("mailing-list"):
        word = _LIST_WORD.search(value) or _ADDRESS.search(value)
        if word:
            # ezmlm names the address for help, not the list's own.
            return _dotted(word[word.lastindex or 0].replace("-help@", "@"))
    for name in ("x-mailing-list", "list-post", "x-beenthere", "x-list-post", "x-ml-address"):
        value = fields.get(name, "")
        found_address = _MAILTO.search(value) or _ADDRESS.search(value)
        if found_address:
            return _dotted(found_address[found_address.lastindex or 0])
    return None


def _identifier(value: str) -> str | None:
    """The last brackets of a List-Id: descriptions hold brackets of their own."""
    inside = [one.strip() for one in _BRACKETS.findall(value) if one.strip()]
    if inside:
        return re.sub(r"\s+", "", inside[-1]).strip(".").lower() or None
    bare = value.strip("<>\"' \t").split()
    token = next((w for w in reversed(bare) if "." in w or "@" in w), bare[0] if bare else "")
    return token.strip("<>\"'.,;()").lower() if _TOKEN.search(token) else None


def _dotted(address: str) -> str:
    """An address of a list in the form that List-Id gives it."""
    return address.strip(".").replace("@", ".").lower()


def is_bulk(fields: Mapping[str, str]) -> bool:
    """True for mail that went to a list or to many."""
    if fields.get("precedence", "").strip().lower() in _BULK or list_id(fields):
        return True
    return any(name in fields for name in _HOUSEKEEPING)
