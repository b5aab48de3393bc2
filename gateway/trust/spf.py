"""SPF: may this client send mail of that domain? (RFC 7208)

pyspf does the judging; it gets its answers from our DNS, which bounds time and keeps answers. The
limits of section 4.6.4 hold: ten terms that ask, two that find nothing, ten names of an MX. The
identity is MAIL FROM, or for the null sender the HELO name.
"""

import logging
from typing import Any, NamedTuple

import spf as pyspf

from gateway.trust.dns import Asker, Unanswered
from gateway.trust.names import ascii_domain

LONGEST_RECORD = 4096
WORDS = {
    "pass": "its domain lets this client send",
    "fail": "its domain does not let this client send",
    "softfail": "its domain says that this client probably may not send",
    "neutral": "its domain does not say who may send",
    "none": "its domain publishes no SPF record",
}


class Route(NamedTuple):
    """What SPF says of the way a message came."""

    result: str
    domain: str
    identity: str
    why: str


class _Query(pyspf.query):  # type: ignore[misc]  # it has no types
    """pyspf on our DNS."""

    def __init__(self, asker: Asker, peer: str, local: str, domain: str, helo: str) -> None:
        super().__init__(i=peer, s=f"postmaster@{domain}", h=helo, strict=True)
        self.s, self.l = f"{local}@{domain}", local
        self._asker = asker

    def dns(
        self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False
    ) -> list[Any]:
        """What `name` holds, in pyspf's terms. Nothing found counts against the limit."""
        del cnames  # the resolver follows them
        try:
            rows = self._asker.ask(str(name), qtype).rows
        except Unanswered as error:
            if qtype == "PTR":
                return []  # it matches nothing then (section 5.5)
            raise pyspf.TempError(str(error)) from error
        if not rows and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > pyspf.MAX_VOID_LOOKUPS:
                raise pyspf.PermError("more than two look-ups found nothing")
        return [_READ[qtype](row) for row in rows]


def _text(row: Any) -> tuple[bytes, ...]:
    strings: tuple[bytes, ...] = row.strings
    if sum(map(len, strings)) > LONGEST_RECORD and strings[0][:7].lower() == b"v=spf1 ":
        raise pyspf.PermError("its SPF record is too long")
    return strings


_READ = {
    "A": lambda row: row.address,
    "AAAA": lambda row: row.address,
    "MX": lambda row: (row.preference, row.exchange.to_text(omit_final_dot=True)),
    "PTR": lambda row: row.target.to_text(omit_final_dot=True),
    "TXT": _text,
}


def route(asker: Asker, peer: str, sender: str, helo: str | None) -> Route:
    """Judge the client at `peer`, which said `helo` and MAIL FROM:<`sender`>."""
    identity = "mailfrom" if sender else "helo"
    local, _, given = sender.rpartition("@") if sender else ("postmaster", "@", helo or "")
    domain = ascii_domain(given)
    if domain is None:
        return Route("none", given, identity, "it names no domain")
    try:
        query = _Query(asker, peer, local.strip('"') or "postmaster", domain, helo or domain)
        result, _, words = query.check()
    except (Exception, RecursionError) as error:  # whatever it cannot make sense of
        logging.getLogger(__name__).debug("spf", exc_info=error)
        return Route("permerror", domain, identity, "its SPF record makes no sense")
    why = WORDS.get(result) or str(words).removeprefix("SPF ")[:200]
    return Route(result, domain, identity, why)
