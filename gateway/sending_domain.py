"""Whether other servers will believe our letters: SPF, DKIM, DMARC, PTR and TLS of what sends them.

What large receivers (Gmail, Yahoo, Outlook) ask of everybody who writes to many. Each check says
what it saw, and what to mend; a domain for trials is not asked about.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from ipaddress import ip_address

import publicsuffixlist

from gateway.config import RelaySettings, Settings, resolver_address
from gateway.outbox import signing
from gateway.outbox.signing import Key
from gateway.trust.dns import Asker, Dns

SECONDS = 10.0
TRIALS = (".example", ".test", ".invalid", ".localhost")
Check = tuple[str, Callable[[], str]]


class Mend(Exception):
    """What is wrong, and the remedy."""


def checks(settings: Settings) -> Iterator[Check]:
    """What to try, each with the part it is about; a check raises for what is to be mended."""
    domain = settings.sending_domain
    relay = settings.relay
    if relay is not None:
        yield f"[relay] TLS {relay.host}", lambda: tls(relay)
    if is_for_trials(domain) and not settings.trust.resolvers:
        yield (
            "sending domain",
            lambda: f"{domain} is for trials: set addresses and answers.sender before real use",
        )
        return

    def asker() -> Asker:
        return Dns([resolver_address(one) for one in settings.trust.resolvers]).asker(SECONDS)

    yield f"SPF {_bounces_to(settings)}", lambda: spf(asker(), _bounces_to(settings), relay)
    if not settings.dkim:
        yield f"DKIM {domain}", lambda: _no_keys(domain)
    for number, one in enumerate(settings.dkim):
        name = f"DKIM {one.selector}._domainkey.{one.domain}"

        def check(number: int = number) -> str:
            signer = signing.load(settings.dkim[number : number + 1], settings.file)
            return dkim(asker(), signer.keys[0]) if signer else ""

        yield name, check
    yield f"DMARC {domain}", lambda: dmarc(asker(), settings)
    if relay is not None:
        yield f"PTR {relay.host}", lambda: ptr(asker(), relay)


def is_for_trials(domain: str) -> bool:
    """Whether nobody can have it."""
    return domain == "localhost" or domain.endswith(TRIALS)


def _bounces_to(settings: Settings) -> str:
    """The domain of our return paths, which SPF is asked about."""
    return settings.addresses[0].rpartition("@")[2]


def _organization(domain: str) -> str:
    return publicsuffixlist.PublicSuffixList().privatesuffix(domain) or domain


# --- SPF ---------------------------------------------------------------------------------------


def spf(asker: Asker, domain: str, relay: RelaySettings | None) -> str:
    """RFC 7208: one record, which ends in a refusal and lets the relay send."""
    found = [one.decode("ascii", "replace") for one in asker.texts(domain)]
    found = [one for one in found if re.match(r"v=spf1(\s|$)", one, re.IGNORECASE)]
    if not found:
        raise Mend(f'{domain} has no SPF record: publish TXT "v=spf1 ip4:<your relay> -all"')
    if len(found) > 1:
        raise Mend(f"{domain} has {len(found)} SPF records, so none counts: make them one")
    record = found[0].lower()
    if re.search(r"\s\+?all(\s|$)", record):
        raise Mend(f"{domain}: SPF ends in +all, so anybody may send: end it in -all")
    if re.search(r"\s\?all(\s|$)", record) or not re.search(r"[-~]all|redirect=", record):
        raise Mend(f"{domain}: SPF refuses nobody: end it in -all")
    public = _public_addresses(asker, relay)
    for address in public:
        if f"ip4:{address}" in record or f"ip6:{address}" in record:
            return f"the record is sound and names the relay, {address}"
    if not public:
        return "the record is sound; whether it names what sends to the world is not seen from here"
    return f"the record is sound; see that it covers {', '.join(public)}"


def _public_addresses(asker: Asker, relay: RelaySettings | None) -> list[str]:
    """The relay's own addresses where the world may see them."""
    if relay is None:
        return []
    try:
        found = [str(ip_address(relay.host))]
    except ValueError:
        found = [row.address for kind in ("A", "AAAA") for row in asker.ask(relay.host, kind).rows]
    return [one for one in found if ip_address(one).is_global]


# --- DKIM --------------------------------------------------------------------------------------


def _no_keys(domain: str) -> str:
    return (
        f"letters are not signed here: your relay must sign them as {domain}, "
        "or make a key (triage dkim new SELECTOR)"
    )


def dkim(asker: Asker, key: Key) -> str:
    """RFC 6376: the published key is the other half of ours."""
    found = [one.decode("ascii", "replace") for one in asker.texts(key.name)]
    if not found:
        raise Mend(f'{key.name} is not in the DNS: publish TXT "{key.record}"')
    if len(found) > 1:
        raise Mend(f"{key.name} has {len(found)} records: leave one")
    tags = {
        part.partition("=")[0].strip(): re.sub(r"\s", "", part.partition("=")[2])
        for part in found[0].split(";")
    }
    if not tags.get("p"):
        raise Mend(f"{key.name}: the key is withdrawn (p= is empty): publish ours, or remove it")
    if tags.get("k", "rsa") != key.kind or tags["p"] not in key.public_forms:
        raise Mend(
            f"{key.name}: another key is published than the one we sign with: "
            f'publish TXT "{key.record}", or correct key_file'
        )
    if "y" in tags.get("t", "").split(":"):
        return "the published key is ours, but t=y says that it is a trial: take that out"
    return f"the published key is ours ({key.kind})"


# --- DMARC -------------------------------------------------------------------------------------


def dmarc(asker: Asker, settings: Settings) -> str:
    """RFC 9989: there is a policy, and our letters are aligned with it."""
    domain = settings.sending_domain
    organization = _organization(domain)
    for name in dict.fromkeys([domain, organization]):
        found = [one.decode("ascii", "replace") for one in asker.texts(f"_dmarc.{name}")]
        found = [one for one in found if one.replace(" ", "").lower().startswith("v=dmarc1")]
        if found:
            break
    else:
        raise Mend(
            f"_dmarc.{organization} has no DMARC record: "
            'publish TXT "v=DMARC1; p=none; rua=mailto:<you>", and tighten it later'
        )
    if len(found) > 1:
        raise Mend(f"_dmarc.{name} has {len(found)} DMARC records, so none counts: make them one")
    tags = {
        part.partition("=")[0].strip().lower(): part.partition("=")[2].strip().lower()
        for part in found[0].split(";")
    }
    if tags.get("p") not in {"none", "quarantine", "reject"}:
        raise Mend(f"_dmarc.{name}: p= is missing or odd: none, quarantine or reject")
    by_spf = _aligned(_bounces_to(settings), domain, tags.get("aspf", "r"))
    by_dkim = any(_aligned(one.domain, domain, tags.get("adkim", "r")) for one in settings.dkim)
    if not by_spf and not by_dkim:
        raise Mend(
            f"nothing we send is aligned with {domain}: sign as {domain} ([[dkim]]), "
            "or have addresses[0] there"
        )
    ways = [word for word, is_so in (("SPF", by_spf), ("DKIM", by_dkim)) if is_so]
    return f"p={tags['p']}; our letters are aligned by {' and '.join(ways)}"


def _aligned(one: str, domain: str, mode: str) -> bool:
    return one == domain if mode == "s" else _organization(one) == _organization(domain)


# --- the relay -----------------------------------------------------------------------------------


def ptr(asker: Asker, relay: RelaySettings) -> str:
    """Each public address of the relay has a name that leads back to it."""
    public = _public_addresses(asker, relay)
    if not public:
        return "the relay has no public address that is seen from here: look there"
    for address in public:
        names = [str(row.target).rstrip(".") for row in asker.ask(_reverse(address), "PTR").rows]
        if not names:
            raise Mend(f"{address} has no PTR record: have its owner publish one")
        kind = "AAAA" if ":" in address else "A"
        back = [row.address for one in names for row in asker.ask(one, kind).rows]
        if address not in back:
            raise Mend(f"{address} is called {names[0]}, which does not lead back to it")
    return f"{', '.join(public)}: the name leads back"


def _reverse(address: str) -> str:
    return ip_address(address).reverse_pointer


def tls(relay: RelaySettings) -> str:
    """Letters are not readable on their way to the relay."""
    if relay.tls:
        return "from the first byte (smtps)"
    local = _is_local(relay.host)
    if relay.starttls == "never":
        if local:
            return "switched off, and the relay is on this machine or network"
        raise Mend("switched off (starttls): set it to required")
    try:
        client = smtplib.SMTP(relay.host, relay.port, timeout=SECONDS)
    except OSError:
        return "not seen, since the relay does not answer"  # which is said with [relay]
    with client:
        client.ehlo()
        if client.has_extn("starttls"):
            authorities = str(relay.ca_file) if relay.ca_file else None
            client.starttls(context=ssl.create_default_context(cafile=authorities))
            return "offered, and its certificate is sound"
    if local:
        return "not offered, and the relay is on this machine or network"
    raise Mend("the relay offers no STARTTLS: letters are readable on their way to it")


def _is_local(host: str) -> bool:
    try:
        found = {ip_address(row[4][0]) for row in socket.getaddrinfo(host, None)}
    except (OSError, ValueError):
        return False
    return all(one.is_private for one in found)
