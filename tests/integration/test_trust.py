"""Whom to believe, found out from a real DNS server, on mail that is signed here."""

import random
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from types import SimpleNamespace

import dkim
import pytest

from gateway.model import Claim, Envelope, Trust
from gateway.reading import read
from gateway.trust import Judge
from gateway.trust.dmarc import Policies
from gateway.trust.dns import Dns
from tests.integration.knot import Knot, running_knot, text
from tests.integration.postfix import HOST
from tests.integration.signing import FIELDS, Key, ed25519_key, rsa_key, signed

pytestmark = pytest.mark.needs_server("knot")

RSA, ED, SHORT, OTHER = rsa_key(), ed25519_key(), rsa_key(512), rsa_key(1024)
GOOD, BAD = "192.0.2.1", "203.0.113.9"
REJECT = text("v=DMARC1; p=reject")
KEY = text(RSA.record)
RELAYS = [ip_network("127.0.0.0/8")]


NET = "ip4:192.0.2.0/24 -all"
NOWHERE = "a:a.nowhere.example a:b.nowhere.example"
FILLING = "ip4:198.51.100.1 " * 200


def many(count: int) -> str:
    return text("v=spf1 " + " ".join(f"include:n{i}.many.example" for i in range(count)) + " -all")


def pieces(value: str) -> list[str]:
    return [value[at : at + 40] for at in range(0, len(value), 40)]


RECORDS = {
    # a domain as it should be, and the names below it
    "org.example": [text("v=spf1 ip4:192.0.2.0/24 -all")],
    "_dmarc.org.example": [REJECT],
    "s1._domainkey.org.example": [KEY],
    "ed._domainkey.org.example": [text(ED.record)],
    "short._domainkey.org.example": [text(SHORT.record)],
    "gone._domainkey.org.example": [text("v=DKIM1; k=rsa; p=")],
    "cut._domainkey.org.example": [text("v=DK", "IM1; k=rsa;", " p=", *pieces(RSA.public))],
    "alias._domainkey.org.example": ["CNAME s1._domainkey.vendor.example."],
    "two._domainkey.org.example": [KEY, text(OTHER.record)],
    "long._domainkey.org.example": [text(RSA.record + "; n=" + "x" * 5000)],
    "web._domainkey.org.example": [text(RSA.record + "; s=tlsrpt")],
    "mail._domainkey.org.example": [text(RSA.record + "; s=other:email; h=sha1:sha256; t=y")],
    "sha1._domainkey.org.example": [text(RSA.record + "; h=sha1")],
    "exact._domainkey.org.example": [text(RSA.record + "; t=s")],
    "plain._domainkey.org.example": [text(f"p={RSA.public}")],
    "junk._domainkey.org.example": [text("v=DKIM1; k=rsa; p=!!!notbase64!!!")],
    "odd._domainkey.org.example": [text("v=DKIM1; k=dsa; p=AAAA")],
    "sub.org.example": [text("v=spf1 ip4:192.0.2.0/24 -all")],
    "s1._domainkey.sub.org.example": [KEY],
    "s1._domainkey.vendor.example": [KEY],
    "other.example": [text("v=spf1 ip4:192.0.2.0/24 -all")],
    "s1._domainkey.other.example": [KEY],
    "_dmarc.other.example": [text("v=DMARC1; p=none")],
    # policies
    "_dmarc.strict.example": [text("V = DMARC1 ; p=Reject; adkim=s; ASPF=S")],
    "s1._domainkey.strict.example": [KEY],
    "s1._domainkey.mail.strict.example": [KEY],
    "mail.strict.example": [text("v=spf1 ip4:192.0.2.0/24 -all")],
    "nopolicy.example": [text("v=spf1 ip4:192.0.2.0/24 -all")],
    "s1._domainkey.nopolicy.example": [KEY],
    "_dmarc.below.example": [text("v=DMARC1; p=none; sp=quarantine; np=reject")],
    "there.below.example": ["A 192.0.2.7"],
    "_dmarc.twice.example": [REJECT, text("v=DMARC1; p=none")],
    "_dmarc.chatty.example": [text("hello"), REJECT, text("v=DMARC2; p=none")],
    "_dmarc.odd.example": [text("v=DMARC1; p=banana; adkim=q; rua=mailto:x@odd.example")],
    "_dmarc.lower.example": [text("v=dmarc1; p=reject")],
    "_dmarc.reg.example": [text("v=DMARC1; p=reject; psd=y")],
    "s1._domainkey.two.reg.example": [KEY],
    "s1._domainkey.mail.one.reg.example": [KEY],
    "_dmarc.co.uk": [REJECT],
    "s1._domainkey.evil.co.uk": [KEY],
    "s1._domainkey.mail.agency.co.uk": [KEY],
    "_dmarc.big.example": [REJECT],
    "_dmarc.dept.big.example": [text("v=DMARC1; p=reject; psd=n")],
    "s1._domainkey.big.example": [KEY],
    "s1._domainkey.dept.big.example": [KEY],
    "_dmarc.deep.example": [REJECT],
    "s1._domainkey.deep.example": [KEY],
    "_dmarc.xn--bcher-kva.example": [REJECT],
    "s1._domainkey.xn--bcher-kva.example": [KEY],
    "xn--bcher-kva.example": [text("v=spf1 ip4:192.0.2.0/24 -all")],
    "s1._domainkey.lists.example": [KEY],
    "lists.example": [text("v=spf1 ip4:192.0.2.0/24 -all")],
    # routes
    "soft.example": [text("v=spf1 ~all")],
    "neutral.example": [text("v=spf1 ?all")],
    "wrong.example": [text("v=spf1 ip4:192.0.2.0/24 include -all")],
    "twospf.example": [text("v=spf1 -all"), text("v=spf1 +all")],
    "loop.example": [text("v=spf1 include:pool.example -all")],
    "pool.example": [text("v=spf1 include:loop.example -all")],
    "self.example": [text("v=spf1 redirect=self.example")],
    "void.example": [text(f"v=spf1 {NOWHERE} a:c.nowhere.example {NET}")],
    "void2.example": [text(f"v=spf1 {NOWHERE} {NET}")],
    "down.example": [text("v=spf1 include:broken.example ip4:192.0.2.0/24 -all")],
    "late.example": [text("v=spf1 ip4:192.0.2.0/24 include:broken.example -all")],
    "huge.example": [text("unrelated " + "x" * 6000), text(f"v=spf1 {FILLING}{NET}")],
    "toohuge.example": [text(f"v=spf1 {FILLING}{FILLING}{NET}")],
    "cutspf.example": [text("v=spf1 ip4:192.0", ".2.0/24 -all")],
    "ten.example": [many(10)], "eleven.example": [many(11)],
    **{f"n{i}.many.example": [text("v=spf1 -all")] for i in range(9)},
    **{f"n{i}.many.example": [text(f"v=spf1 {NET}")] for i in (9, 10)},
    "mx.example": [text("v=spf1 mx -all"), "MX 10 host.mx.example."],
    "host.mx.example": [f"A {GOOD}"],
    "local.example": [text("v=spf1 exists:%{l}._ok.%{d} -all")],
    "jo._ok.local.example": ["A 127.0.0.2"],
    "six.example": [text("v=spf1 ip6:2001:db8::/32 -all")],
    "helo.example": [text("v=spf1 ip4:192.0.2.0/24 -all")],
}  # fmt: skip
BROKEN = ["broken.example", "_dmarc.nodns.example", "_domainkey.mute.example"]
RECORDS["_dmarc.mute.example"] = [REJECT]
RECORDS["mute.example"] = [text("v=spf1 -all")]
RECORDS["s1._domainkey.nodns.example"] = [KEY]


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    with running_knot(RECORDS, BROKEN) as running:
        yield running


@pytest.fixture(scope="module")
def judge(knot: Knot) -> Judge:
    return Judge(dns=Dns([knot.address]), relays=RELAYS)


def mail(
    sender: str = "Jo <jo@org.example>", body: str = "It is down.\r\n", **fields: str
) -> bytes:
    head = {
        "From": sender, "To": "triage@gateway.example", "Subject": "Down",
        "Date": "Wed, 25 Nov 2026 09:00:00 +0000", "Message-ID": "<1@org.example>",
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }  # fmt: skip
    return "".join(f"{k}: {v}\r\n" for k, v in head.items()).encode() + b"\r\n" + body.encode()


def by(
    peer: str | None = BAD,
    sender: str | None = "b@elsewhere.example",
    helo: str = "mx.elsewhere.example",
) -> Envelope:
    return Envelope("smtp", sender, ("triage@gateway.example",), peer=peer, helo=helo)


def asked(judge: Judge, raw: bytes, envelope: Envelope | None = None) -> Trust:
    return judge.judge(raw, read(raw), envelope or by())


def one(trust: Trust, method: str) -> Claim:
    (claim,) = [claim for claim in trust.claims if claim.method == method and claim.what != "list"]
    return claim


def result_of(trust: Trust, method: str) -> tuple[str, bool]:
    claim = one(trust, method)
    return claim.result, claim.aligned


# --- signatures ---------------------------------------------------------------------------------


def test_a_signature_of_its_own_domain_proves_the_sender(judge: Judge) -> None:
    trust = asked(judge, signed(mail(), RSA, "org.example"))
    assert (trust.verdict, trust.by, trust.domain) == ("verified", "dns", "org.example")
    assert result_of(trust, "dkim") == ("pass", True)
    assert result_of(trust, "dmarc") == ("pass", True)
    assert one(trust, "dmarc").why == "the policy of org.example is reject"


SOUND = {
    "ed25519": (ED, {"selector": "ed"}),
    "simple": (RSA, {"canonical": "simple/simple"}),
    "mixed canonicalization": (RSA, {"canonical": "relaxed/simple"}),
    "a key in several strings": (RSA, {"selector": "cut"}),
    "a key behind an alias": (RSA, {"selector": "alias"}),
    "a key for mail and more": (RSA, {"selector": "mail"}),
    "a bare key": (RSA, {"selector": "plain"}),
    "mixed case": (RSA, {"domain": "Org.EXAMPLE", "selector": "S1"}),
    "a name below": (RSA, {"domain": "sub.org.example"}),
    "oversigned": (RSA, {"fields": [*FIELDS, "From", "Subject", "Reply-To", "Resent-From"]}),
    "all of the body, counted": (RSA, {"l": len("It is down.\r\n")}),
    "not yet expired": (RSA, {"x": int(time.time()) + 86_400}),
    "a user of the domain": (RSA, {"i": "jo@mail.org.example"}),
    "exactly the domain": (RSA, {"selector": "exact", "i": "jo@org.example"}),
}


@pytest.mark.parametrize(("key", "options"), SOUND.values(), ids=SOUND)
def test_a_sound_signature_passes(judge: Judge, key: Key, options: dict) -> None:
    given = {"domain": "org.example", **options}
    trust = asked(judge, signed(mail(), key, **given))
    assert (one(trust, "dkim").why, trust.verdict) == ("its signature holds", "verified")


UNSOUND = {
    "another's key": (OTHER, {}, "fail"),
    "no key": (RSA, {"selector": "nobody"}, "permerror"),
    "two keys": (RSA, {"selector": "two"}, "permerror"),
    "a revoked key": (RSA, {"selector": "gone"}, "fail"),
    "a key without sense": (RSA, {"selector": "junk"}, "permerror"),
    "a key of an unknown kind": (RSA, {"selector": "odd"}, "permerror"),
    "a key of another kind": (RSA, {"selector": "ed"}, "permerror"),
    "a key for something else": (RSA, {"selector": "web"}, "permerror"),
    "a key for another algorithm": (RSA, {"selector": "sha1"}, "permerror"),
    "a key too long": (RSA, {"selector": "long"}, "permerror"),
    "a key too short": (SHORT, {"selector": "short"}, "permerror"),
    "sha1": (RSA, {"algorithm": "rsa-sha1"}, "permerror"),
    "expired": (RSA, {"x": int(time.time()) - 3600}, "fail"),
    "from tomorrow": (RSA, {"t": int(time.time()) + 180_000}, "permerror"),
    "only the beginning": (RSA, {"l": 5}, "policy"),
    "nothing of the body": (RSA, {"l": 0}, "policy"),
    "more than the body": (RSA, {"l": 500}, "permerror"),
    "no length at all": (RSA, {"l": "9" * 30}, "permerror"),
    "without From": (RSA, {"fields": ["To", "Subject"]}, "permerror"),
    "without Subject": (RSA, {"fields": ["From", "To"]}, "policy"),
    "for a name below": (RSA, {"selector": "exact", "i": "jo@a.org.example"}, "permerror"),
    "for a stranger": (RSA, {"i": "jo@victim.example"}, "permerror"),
    "version 2": (RSA, {"v": "2"}, "permerror"),
    "another query": (RSA, {"q": "http"}, "permerror"),
    "unknown canonicalization": (RSA, {"c": "none/none"}, "permerror"),
    "no domain": (RSA, {"d": ""}, "permerror"),
    "a top-level domain": (RSA, {"d": "example"}, "permerror"),
    "a domain of strange letters": (RSA, {"d": "org.example/../x"}, "permerror"),
}  # fmt: skip


@pytest.mark.parametrize(("key", "options", "result"), UNSOUND.values(), ids=UNSOUND)
def test_an_unsound_signature_proves_nothing(
    judge: Judge, key: Key, options: dict, result: str
) -> None:
    given = {"domain": "org.example", **options}
    trust = asked(judge, signed(mail(), key, **given))
    claim = one(trust, "dkim")
    assert (claim.result, claim.aligned, trust.verdict) == (result, False, "unverified"), claim.why


CHANGED = {
    "a changed body": lambda raw: raw.replace(b"It is down", b"It is up"),
    "a longer body": lambda raw: raw + b"And more.\r\n",
    "a changed subject": lambda raw: raw.replace(b"Subject: Down", b"Subject: Up"),
    "a second From on top": lambda raw: b"From: eve@evil.example\r\n" + raw,
    "a second From below": lambda raw: raw.replace(b"\r\nTo:", b"\r\nFrom: e@evil.example\r\nTo:"),
    "a second Subject": lambda raw: b"Subject: Pay at once\r\n" + raw,
    "a second content type": lambda raw: b"Content-Type: text/html\r\n" * 2 + raw,
    "a hidden line": lambda raw: b"X-A: b\rSubject: Pay at once\r\n" + raw,
    "a line of an mbox": lambda raw: raw.replace(b"\r\n\r\n", b"\r\nFrom now on: up\r\n\r\n"),
    "a field without a name": lambda raw: raw.replace(b"\r\n\r\n", b"\r\n:It: is up\r\n\r\n"),
    "a line of blanks": lambda raw: raw.replace(b"\r\n\r\n", b"\r\n \r\nIt: is up\r\n\r\n"),
    "a field without sense": lambda raw: b"This is no field\r\n" + raw,
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_what_was_changed_or_added_afterwards_breaks_it(judge: Judge, change) -> None:
    raw = change(signed(mail(), RSA, "org.example"))
    assert asked(judge, raw).verdict == "unverified"


FORGED = b"From: eve@evil.example\r\nSubject: Pay\r\n"
ADDED = [
    b"From : eve@evil.example\r\n", b"from:eve@evil.example\r\n", b"Subject : Pay\r\n", b"\r\n",
    b"\n", b"\r", b" ", b"\t", b":", b"X", b"\0", b"\x0b", b"\x0c", b"\x85", b"\xe2\x80\xa8",
    b"\x1f" + FORGED, b"From eve Mon Jan 1 00:00:00 2024\r\n", b">" + FORGED, b"Resent-" + FORGED,
    b"Sender: eve@evil.example\r\n", b"Fr\r\n om: eve@evil.example\r\n", b":X: y\r\n",
    b"\r\n" + FORGED + b"\r\n", b"X: y\x0b" + FORGED, b"X: y\x85" + FORGED, b"X-Y\r\n" + FORGED,
    b"\xef\xbb\xbf" + FORGED, b"\r\r\n" + FORGED, b"\xa0" + FORGED, b"X: y\r\n",
    b"From:\r\n eve@evil.example\r\n",
]  # fmt: skip


def test_whatever_is_added_a_verified_message_says_what_was_signed(judge: Judge) -> None:
    chance = random.Random(7)
    raw = signed(mail(), RSA, "org.example")
    meant, end = read(raw), raw.index(b"\r\n\r\n")
    places = [0, raw.index(b"From: Jo"), raw.index(b"Subject: D"), end, end + 2, end + 4]
    verdicts = set()
    for _ in range(400):
        changed = raw
        for place in sorted(chance.choices(places, k=chance.randint(1, 2)), reverse=True):
            changed = changed[:place] + chance.choice(ADDED) + changed[place:]
        found, trust = read(changed), asked(judge, changed)
        verdicts.add(trust.verdict)
        if trust.verdict == "verified":
            assert (found.sender, found.subject, found.text) == (
                meant.sender, meant.subject, meant.text,
            ), changed  # fmt: skip
    assert verdicts == {"verified", "unverified"}


def test_a_field_that_was_signed_as_absent_cannot_be_added(judge: Judge) -> None:
    raw = signed(mail(), RSA, "org.example", fields=[*FIELDS, "Reply-To"])
    assert asked(judge, b"Reply-To: eve@evil.example\r\n" + raw).verdict == "unverified"


def test_one_good_signature_of_several_is_enough(judge: Judge) -> None:
    raw = signed(mail(), RSA, "org.example")
    raw = signed(signed(raw, OTHER, "org.example"), RSA, "other.example")
    trust = asked(judge, raw)
    found = [(c.result, c.value, c.aligned) for c in trust.claims if c.method == "dkim"]
    assert found == [
        ("pass", "other.example", False), ("fail", "org.example", False),
        ("pass", "org.example", True),
    ]  # fmt: skip
    assert trust.verdict == "verified"


def test_a_stranger_can_sign_and_proves_only_themselves(judge: Judge) -> None:
    trust = asked(judge, signed(mail(), RSA, "other.example"))
    assert result_of(trust, "dkim") == ("pass", False)
    assert result_of(trust, "dmarc") == ("fail", False)
    assert trust.verdict == "unverified"


def test_signatures_without_number_are_not_all_looked_at(judge: Judge) -> None:
    raw = signed(mail(), RSA, "org.example")
    head = raw[: raw.index(b"From: Jo")]
    trust = asked(judge, head * 50 + raw)
    assert len([claim for claim in trust.claims if claim.method == "dkim"]) == 8


def test_line_ends_of_a_file_do_not_break_a_signature(judge: Judge) -> None:
    raw = signed(mail(body="One  line \r\n\r\n\ttwo\r\n\r\n\r\n"), RSA, "org.example")
    assert asked(judge, raw.replace(b"\r\n", b"\n"), Envelope("file")).verdict == "verified"


WORST = {
    "blanks": lambda n: mail(body=" " * n + "x\r\n"),
    "empty lines": lambda n: mail(body="\r\n" * (n // 2) + "x\r\n"),
    "blank lines": lambda n: mail(body=" \r\n" * (n // 3)),
    "folded blanks": lambda n: mail(X=" \r\n " * (n // 4) + "x"),
    "many fields": lambda n: b"X: y\r\n" * (n // 6) + mail(),
}


@pytest.mark.parametrize("make", WORST.values(), ids=WORST)
def test_hostile_bodies_and_headers_take_little_time(judge: Judge, make) -> None:
    raw = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=org.example; s=s1; h=from:subject; bh=YQ==; b=YQ==\r\n"  # noqa: E501
    began = time.process_time()
    assert asked(judge, raw + make(1_000_000)).verdict == "unverified"
    assert time.process_time() - began < 5  # some take hours where it is done carelessly


@pytest.mark.parametrize(
    "value",
    [
        b"v=1; b" + b"\r\n " * 5000 + b"=x",
        b"v=1; a=rsa-sha256; d=org.example; s=s1; h=from:subject; b=" + b" \r\n " * 2000 + b"!",
        b"v=1; a=rsa-sha256; d=org.example; s=s1; h=subject:from" + b":x" * 3000,
        b"v=1; v=1; v=1",
        b"",
        b"=;=;=",
        b"\xff\xfe",
    ],
)  # fmt: skip
def test_hostile_signatures_take_little_time(judge: Judge, value: bytes) -> None:
    began = time.process_time()
    trust = asked(judge, b"DKIM-Signature: " + value + b"\r\n" + b"A: b\r\n" * 1500 + mail())
    assert one(trust, "dkim").result == "permerror"
    assert time.process_time() - began < 5


# --- routes -------------------------------------------------------------------------------------

ROUTES = {
    "pass": ("b@org.example", GOOD, "pass"),
    "fail": ("b@org.example", BAD, "fail"),
    "softfail": ("b@soft.example", GOOD, "softfail"),
    "neutral": ("b@neutral.example", GOOD, "neutral"),
    "no record": ("b@mx.elsewhere.example", GOOD, "none"),
    "no domain": ("postmaster", GOOD, "none"),
    "an address literal": ("b@[192.0.2.1]", GOOD, "none"),
    "a term without sense": ("b@wrong.example", GOOD, "permerror"),
    "two records": ("b@twospf.example", GOOD, "permerror"),
    "an include that goes round": ("b@loop.example", GOOD, "permerror"),
    "a redirect to itself": ("b@self.example", GOOD, "permerror"),
    "ten look-ups": ("b@ten.example", GOOD, "pass"),
    "eleven look-ups": ("b@eleven.example", BAD, "permerror"),
    "two look-ups find nothing": ("b@void2.example", GOOD, "pass"),
    "three look-ups find nothing": ("b@void.example", GOOD, "permerror"),
    "an include whose server fails": ("b@down.example", GOOD, "temperror"),
    "decided before that include": ("b@late.example", GOOD, "pass"),
    "the server of the domain fails": ("b@broken.example", GOOD, "temperror"),
    "a long record among longer ones": ("b@huge.example", GOOD, "pass"),
    "a record without end": ("b@toohuge.example", GOOD, "permerror"),
    "a record in two strings": ("b@cutspf.example", GOOD, "pass"),
    "by its mail host": ("b@mx.example", GOOD, "pass"),
    "by local part": ("jo@local.example", GOOD, "pass"),
    "by another local part": ("eve@local.example", GOOD, "fail"),
    "a quoted local part": ('"jo@evil.example"@org.example', GOOD, "pass"),
    "IPv6": ("b@six.example", "2001:db8::25", "pass"),
    "IPv4 in IPv6": ("b@org.example", f"::ffff:{GOOD}", "pass"),
    "a domain of other letters": ("b@bücher.example", GOOD, "pass"),
    "mixed case": ("b@ORG.Example", GOOD, "pass"),
    "no connection": ("b@org.example", None, "none"),
    "a relay of ours": ("b@org.example", HOST, "none"),
}


@pytest.mark.parametrize(("sender", "peer", "result"), ROUTES.values(), ids=ROUTES)
def test_the_route_is_judged_by_spf(judge: Judge, sender: str, peer: str, result: str) -> None:
    trust = asked(judge, mail("x@unrelated.example"), by(peer, sender))
    assert one(trust, "spf").result == result, one(trust, "spf").why
    assert trust.verdict == "unverified"


def test_a_route_of_its_own_domain_proves_the_sender(judge: Judge) -> None:
    trust = asked(judge, mail(), by(GOOD, "bounce@sub.org.example"))
    assert (trust.verdict, result_of(trust, "spf")) == ("verified", ("pass", True))
    trust = asked(judge, mail(), by(GOOD, "bounce@other.example"))
    assert (trust.verdict, result_of(trust, "spf")) == ("unverified", ("pass", False))


def test_for_the_null_sender_the_greeting_counts(judge: Judge) -> None:
    trust = asked(judge, mail(), by(GOOD, "", "helo.example"))
    assert (one(trust, "spf").value, result_of(trust, "spf")) == ("helo.example", ("pass", False))
    assert one(asked(judge, mail(), by(GOOD, "", "[192.0.2.1]")), "spf").result == "none"


def test_mail_of_a_file_has_no_route(judge: Judge) -> None:
    trust = asked(judge, mail(), Envelope("file"))
    assert [claim.method for claim in trust.claims] == ["dmarc"]


# --- policies -----------------------------------------------------------------------------------

ALIGNED = {
    "relaxed, below": ("jo@org.example", "sub.org.example", True),
    "relaxed, above": ("jo@new.sub.org.example", "org.example", True),
    "strict, the same": ("jo@strict.example", "strict.example", True),
    "strict, below": ("jo@strict.example", "mail.strict.example", False),
    "another organization": ("jo@org.example", "other.example", False),
    "customers of one registry": ("jo@one.reg.example", "two.reg.example", False),
    "one customer of a registry": ("jo@one.reg.example", "mail.one.reg.example", True),
    "customers of a registry that says nothing": ("jo@agency.co.uk", "evil.co.uk", False),
    "one customer of such a registry": ("jo@agency.co.uk", "mail.agency.co.uk", True),
    "a department of its own": ("jo@dept.big.example", "big.example", False),
    "within that department": ("jo@a.dept.big.example", "dept.big.example", True),
    "no policy, the same": ("jo@nopolicy.example", "nopolicy.example", True),
    "no policy, below": ("jo@mail.nopolicy.example", "nopolicy.example", False),
    "far down": ("jo@a.b.c.d.e.f.g.h.i.j.deep.example", "deep.example", True),
    "other letters": ("jo@bücher.example", "xn--bcher-kva.example", True),
    "other letters in the signature": ("jo@xn--bcher-kva.example", "xn--bcher-kva.example", True),
    "mixed case": ("jo@ORG.example", "Org.Example", True),
    "a quoted local part": ('"jo doe"@org.example', "org.example", True),
}


@pytest.mark.parametrize(("author", "signer", "aligned"), ALIGNED.values(), ids=ALIGNED)
def test_alignment(judge: Judge, author: str, signer: str, aligned: bool) -> None:
    trust = asked(judge, signed(mail(f"<{author}>"), RSA, signer))
    assert result_of(trust, "dkim") == ("pass", aligned)
    assert trust.verdict == ("verified" if aligned else "unverified")


POLICIES = {
    "its own": ("org.example", "the policy of org.example is reject"),
    "below one": ("x.org.example", "the policy of org.example is reject"),
    "sp": ("there.below.example", "the policy of below.example is quarantine"),
    "np": ("nowhere.below.example", "the policy of below.example is reject"),
    "a registry's": ("one.reg.example", "the policy of reg.example is reject"),
    "two records": ("twice.example", "its domain publishes no policy"),
    "among others": ("chatty.example", "the policy of chatty.example is reject"),
    "no sense": ("odd.example", "the policy of odd.example is none"),
    "lower case": ("lower.example", "its domain publishes no policy"),
}


@pytest.mark.parametrize(("domain", "why"), POLICIES.values(), ids=POLICIES)
def test_the_policy_that_counts(judge: Judge, domain: str, why: str) -> None:
    assert one(asked(judge, mail(f"jo@{domain}")), "dmarc").why == why


def test_the_walk_up_the_tree_never_asks_more_than_eight_times() -> None:
    seen: list[str] = []
    asker = SimpleNamespace(texts=lambda name: seen.append(name) or [])
    name = "a.b.c.d.e.f.g.h.i.j.k.l.mail.example"
    assert Policies(asker).organization(name) == name
    assert (len(seen), seen[1], seen[-1]) == (8, "_dmarc.h.i.j.k.l.mail.example", "_dmarc.example")


DOUBTFUL = [
    "jo@org.example, eve@other.example", "eve@other.example <jo@org.example>", "jo",
    "undisclosed:;", "jo@example", "jo@[192.0.2.1]",
]  # fmt: skip


@pytest.mark.parametrize("sender", DOUBTFUL)
def test_a_doubtful_from_is_never_verified(judge: Judge, sender: str) -> None:
    trust = asked(judge, signed(mail(sender), RSA, "org.example"), by(GOOD, "b@org.example"))
    assert (trust.verdict, trust.domain) == ("unverified", None)


# --- the DNS fails ------------------------------------------------------------------------------


def test_without_its_policy_a_sender_is_unknown(judge: Judge) -> None:
    trust = asked(judge, signed(mail("jo@nodns.example"), RSA, "nodns.example"))
    assert (trust.verdict, one(trust, "dmarc").result) == ("unknown", "temperror")


def test_without_its_key_a_sender_is_unknown(judge: Judge) -> None:
    trust = asked(judge, signed(mail("jo@mute.example"), RSA, "mute.example"))
    assert (trust.verdict, result_of(trust, "dkim")) == ("unknown", ("temperror", True))


def test_a_strangers_missing_key_leaves_nothing_open(judge: Judge) -> None:
    raw = signed(mail(), RSA, "mute.example")
    assert asked(judge, raw).verdict == "unverified"
    assert asked(judge, signed(raw, RSA, "org.example")).verdict == "verified"


def test_a_dns_that_says_nothing_makes_everybody_unknown_in_time() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:  # it hears and says nothing
        silent.bind((HOST, 0))
        judge = Judge(dns=Dns([(HOST, silent.getsockname()[1])]), seconds=0.3)
        began = time.monotonic()
        raw = signed(mail(), RSA, "org.example")
        trusts = judge.judge_all([(raw, read(raw), by(GOOD, "b@org.example"))] * 20)
        assert {trust.verdict for trust in trusts} == {"unknown"}
        assert {claim.result for trust in trusts for claim in trust.claims} == {"temperror"}
        assert time.monotonic() - began < 10


def test_answers_are_kept_for_their_time(knot: Knot) -> None:
    asker = Dns([knot.address]).asker(5)
    first = asker.ask("org.example", "TXT")
    assert asker.ask("ORG.example.", "TXT") is first
    nowhere = asker.ask("nowhere.example", "TXT")
    assert (nowhere.exists, asker.ask("nowhere.example", "TXT") is nowhere) == (False, True)


# --- lists and relays ---------------------------------------------------------------------------


def post(**fields: str) -> bytes:
    return mail(List_Id="Downtime <downtime.lists.example>", Sender="o@lists.example", **fields)


def test_list_mail_is_judged_by_the_list_and_its_writer_stays_unverified(judge: Judge) -> None:
    raw = signed(post(), RSA, "lists.example")
    trust = asked(judge, raw, by(GOOD, "downtime-bounces@lists.example"))
    (claim,) = [claim for claim in trust.claims if claim.what == "list"]
    assert (claim.value, claim.result) == ("downtime.lists.example", "pass")
    assert trust.verdict == "unverified"
    assert result_of(trust, "dmarc") == ("fail", False)


def test_a_list_that_anybody_names_is_not_believed(judge: Judge) -> None:
    trust = asked(judge, signed(post(), RSA, "other.example"))
    (claim,) = [claim for claim in trust.claims if claim.what == "list"]
    assert claim.result == "fail"


def test_a_relay_of_ours_has_the_last_word(knot: Knot) -> None:
    judge = Judge(["mx.gateway.example"], Dns([knot.address]), relays=RELAYS)
    raw = signed(mail(), RSA, "org.example")
    said = b"Authentication-Results: mx.gateway.example; dmarc=fail header.from=org.example\r\n"
    trust = asked(judge, said + raw, by(HOST))
    assert (trust.verdict, trust.by) == ("unverified", "mx.gateway.example")
    forged = b"Authentication-Results: mx.evil.example; dmarc=pass header.from=org.example\r\n"
    assert asked(judge, forged + raw, by(HOST)).by == "dns"
    assert asked(judge, forged + mail(), by(HOST)).verdict == "unverified"


def test_a_stranger_cannot_speak_in_the_name_of_a_relay_of_ours(knot: Knot) -> None:
    judge = Judge(["mx.gateway.example"], Dns([knot.address]), relays=RELAYS)
    forged = b"Authentication-Results: mx.gateway.example; dmarc=pass header.from=org.example\r\n"
    trust = asked(judge, forged + mail(), by(BAD))
    assert (trust.verdict, trust.by) == ("unverified", "dns")


# --- seals --------------------------------------------------------------------------------------


def sealed(raw: bytes, results: str = "dkim=pass header.d=org.example") -> bytes:
    """`raw` as a list of lists.example passes it on, with an ARC set on top."""
    raw = f"Authentication-Results: mx.lists.example; {results}\r\n".encode() + raw
    fields = [b"from", b"to", b"subject"]
    found = dkim.arc_sign(raw, b"s1", b"lists.example", RSA.pem, b"mx.lists.example", fields)
    return b"".join(found) + raw


def test_a_seal_is_noted_and_proves_nothing(judge: Judge) -> None:
    raw = sealed(mail())
    trust = asked(judge, raw)
    claim = one(trust, "arc")
    assert (claim.what, claim.value, claim.result) == ("seal", "lists.example", "pass")
    assert trust.verdict == "unverified"
    assert one(asked(judge, sealed(sealed(mail()), "arc=pass")), "arc").result == "pass"
    assert one(asked(judge, raw + b"more\r\n"), "arc").result == "fail"


BROKEN_SEALS = [
    b"ARC-Seal: i=1\r\n",
    b"ARC-Seal: i=99999999999; a=rsa-sha256; d=lists.example; s=s1; cv=none; b=YQ==\r\n",
    b"ARC-Seal: i=1; a=rsa-sha256; d=x.example; s=s1; cv=none; b=YQ==\r\n" * 50,
    b"ARC-Seal: " + b" " * 300 + b"\r\n",
    b"arc-seal:\xff\r\n",
]


@pytest.mark.parametrize("field", BROKEN_SEALS)
def test_a_seal_without_sense_is_none(judge: Judge, field: bytes) -> None:
    assert one(asked(judge, field + mail()), "arc").result in {"fail", "permerror", "policy"}


def test_the_time_that_counts_is_that_of_arrival(judge: Judge) -> None:
    raw = signed(mail(), RSA, "org.example", x=int(time.time()) + 60)
    late = Envelope("file", received_at=datetime(2099, 1, 1, tzinfo=UTC))
    assert asked(judge, raw).verdict == "verified"
    assert one(asked(judge, raw, late), "dkim").why == "the signature has expired"
