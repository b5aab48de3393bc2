"""Whose word about a sender counts."""

from ipaddress import ip_network

import pytest

from gateway.model import Envelope
from gateway.reading import read
from gateway.trust import Judge

OURS = ["mx.gateway.example"]
PASS = "Authentication-Results: mx.gateway.example; dmarc=pass header.from=agency.gov\n"


def verdict(head, sender="From: Jo <jo@agency.gov>\n", authserv=OURS):
    raw = f"{head}{sender}Subject: s\n\nx".encode()
    return Judge(authserv).judge(raw, read(raw)).verdict


@pytest.mark.parametrize(
    "head",
    [
        PASS,
        "Received: by mx.gateway.example\n" + PASS,
        PASS + "Received: by mx.gateway.example\n",
        "Authentication-Results: MX.Gateway.Example 1; dkim=pass header.d=mail.agency.gov\n",
        "Authentication-Results: mx.gateway.example; spf=pass smtp.mailfrom=b@bounce.agency.gov\n",
        "Authentication-Results: mx.gateway.example;\n dkim=fail header.d=agency.gov;\n"
        " spf=pass (sender is permitted) smtp.mailfrom=agency.gov\n",
        "Authentication-Results: mx.gateway.example; spf=none smtp.mailfrom=x\n" + PASS,
    ],
)
def test_a_sender_that_our_server_vouches_for_is_verified(head):
    assert verdict(head) == "verified"


@pytest.mark.parametrize(
    "head",
    [
        "",
        "Authentication-Results: mx.gateway.example; none\n",
        "Authentication-Results: mx.gateway.example; dmarc=fail header.from=agency.gov\n",
        "Authentication-Results: mx.gateway.example; dmarc=pass header.from=other.gov\n",
        "Authentication-Results: mx.gateway.example; dkim=pass header.d=other.example\n",
        "Authentication-Results: mx.gateway.example; dkim=pass\n",
        "Authentication-Results: mx.gateway.example; dkim=pass header.d=gov\n",
        "Authentication-Results: mx.gateway.example; spf=pass smtp.helo=agency.gov\n",
        "Authentication-Results: mx.gateway.example; spf=pass (dmarc=pass) "
        "smtp.mailfrom=x.example\n",
        "Authentication-Results: mx.gateway.example; dmarc=fail header.from=agency.gov;"
        " spf=pass smtp.mailfrom=agency.gov\n",
        "Authentication-Results: other.example; dmarc=pass header.from=agency.gov\n",
        "Authentication-Results: ;;;=\n",
    ],
)
def test_anything_less_is_unverified(head):
    assert verdict(head) == "unverified"


def test_a_forged_verdict_below_our_servers_trace_does_not_count():
    ours = "Authentication-Results: mx.gateway.example; dkim=none\n"
    trace = "Received: from x by mx.gateway.example\n"
    assert verdict(ours + trace + PASS) == "unverified"
    assert verdict(trace + ours + PASS) == "unverified"


def test_a_verdict_below_another_servers_does_not_count():
    other = "Authentication-Results: other.example; dmarc=pass header.from=agency.gov\n"
    assert verdict(other + PASS) == "unverified"


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "From: nobody\n",
        "From: jo@agency.gov\nFrom: eve@other.example\n",
        "From: jo@agency.gov, eve@other.example\n",
        "From: eve@other.example <jo@agency.gov>\n",
        "From: jo@agency.gov eve@other.example\n",
        "From: <jo@agency.gov> <eve@other.example>\n",
    ],
)
def test_a_doubtful_from_is_never_verified(sender):
    assert verdict(PASS, sender) == "unverified"


def test_nobody_is_believed_unless_configured():
    assert verdict(PASS, authserv=[]) == "not checked"
    assert verdict(PASS, authserv=[""]) == "unverified"


def test_a_stranger_that_hands_us_mail_cannot_vouch_for_itself():
    raw = f"{PASS}From: Jo <jo@agency.gov>\nSubject: s\n\nx".encode()
    judge = Judge(OURS, relays=[ip_network("10.0.0.0/8"), ip_network("fe80::/10")])

    def by(peer):
        return judge.judge(raw, read(raw), Envelope("smtp", "jo@agency.gov", peer=peer)).verdict

    assert [by("203.0.113.9"), by("2001:db8::1"), by("::ffff:203.0.113.9")] == ["unverified"] * 3
    assert [by("10.1.2.3"), by("::ffff:10.1.2.3"), by("fe80::1%eth0"), by(None)] == ["verified"] * 4


def test_a_list_that_our_server_saw_pass_is_believed_and_its_writer_is_not():
    said = (
        "Authentication-Results: mx.gateway.example; dkim=pass header.d=lists.agency.gov;"
        " spf=pass smtp.mailfrom=b@lists.agency.gov; dmarc=fail header.from=people.example\n"
    )
    for list_id, result in (("downtime.lists.agency.gov", "pass"), ("x.other.gov", "fail")):
        raw = f"{said}List-Id: <{list_id}>\nFrom: jo@people.example\n\nx".encode()
        found = Judge(OURS).judge(raw, read(raw))
        (claim,) = [claim for claim in found.claims if claim.what == "list"]
        assert (found.verdict, claim.value, claim.result) == ("unverified", list_id, result)


def test_organizations_under_one_public_suffix_are_strangers():
    head = "Authentication-Results: mx.gateway.example; dkim=pass header.d=evil.co.uk\n"
    assert verdict(head, "From: jo@agency.co.uk\n") == "unverified"
    head = "Authentication-Results: mx.gateway.example; dkim=pass header.d=mail.agency.co.uk\n"
    assert verdict(head, "From: jo@agency.co.uk\n") == "verified"
