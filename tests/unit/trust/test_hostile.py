"""Whatever a message or the DNS holds, judging ends, raises nothing and believes nobody."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Envelope
from gateway.reading import read
from gateway.trust import Judge, spf
from gateway.trust.dmarc import parsed
from gateway.trust.dns import Answer, Unanswered
from gateway.trust.names import ascii_domain, domain_of
from gateway.trust.signatures import relaxed, simple

WORDS = st.sampled_from([
    b"v=DKIM1", b"v=DMARC1", b"v=spf1 ", b"p=", b"k=rsa", b"k=ed25519", b"AAAA", b"; ", b"psd=y",
    b"include:x.example ", b"redirect=x.example ", b"%{l}", b"%{p2r}", b"exists:%{i}.x ", b"a ",
    b"mx/0 ", b"ip4:0.0.0.0/0 ", b"-all", b"\x00", b"\xff", b" ", b"=", b"exp=%{c}.x ", b"%", b"/",
])  # fmt: skip
TEXTS = st.lists(WORDS, max_size=12).map(b"".join)
FIELDS = st.sampled_from([
    b"v=1", b"a=rsa-sha256", b"a=ed25519-sha256", b"d=x.example", b"s=s", b"h=from:subject", b";",
    b"bh=YQ==", b"b=YQ==", b"l=0", b"x=1", b"t=1", b"c=relaxed/relaxed", b"c=/", b"i=@x.example",
    b"q=dns/txt", b"\r\n ", b"\xe9", b"=",
])  # fmt: skip
FIELD = st.lists(FIELDS, max_size=14).map(b"; ".join)


class World:
    """A DNS that says the same thing whatever it is asked, or nothing (None)."""

    def __init__(self, text: bytes | None) -> None:
        self.text = text

    def asker(self, _seconds: float) -> "World":
        return self

    def ask(self, name: str, kind: str) -> Answer:
        if self.text is None:
            raise Unanswered(name)
        row = SimpleNamespace(strings=(self.text,)) if kind == "TXT" else None
        return Answer(True, (row,) if row else ())

    def texts(self, name: str) -> list[bytes]:
        return [b"".join(row.strings) for row in self.ask(name, "TXT").rows]


@settings(max_examples=150, deadline=None)
@given(FIELD, TEXTS | st.none())
def test_no_signature_and_no_record_raises_or_convinces(field: bytes, text: bytes | None) -> None:
    raw = b"DKIM-Signature: " + field + b"\r\nFrom: jo@x.example\r\nSubject: s\r\n\r\nx\r\n"
    envelope = Envelope("smtp", "jo@y.example", peer="203.0.113.9", helo="y.example")
    trust = Judge(dns=World(text)).judge(raw, read(raw), envelope)  # type: ignore[arg-type]
    assert trust.verdict in ({"unknown"} if text is None else {"unverified", "unknown"})
    assert trust.why != "it could not be checked", "nothing raised"


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_no_spf_record_raises(text: bytes) -> None:
    known = {"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"}
    found = spf.route(World(b"v=spf1 " + text), "192.0.2.1", "a@x.example", "x.example")  # type: ignore[arg-type]
    assert found.result in known


@settings(max_examples=100)
@given(st.binary(max_size=60))
def test_any_text_is_a_record_or_none(text: bytes) -> None:
    record = parsed(b"v=DMARC1;" + text)
    assert record is None or record.policy in {"none", "quarantine", "reject"}


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_a_domain_is_a_name_in_ascii_or_none(text: str) -> None:
    for found in (ascii_domain(text), domain_of(text)):
        assert found is None or (found.isascii() and "." in found and found == found.lower())


@pytest.mark.parametrize(
    ("body", "plain", "blank"),
    [
        (b"", b"\r\n", b""),
        (b"\r\n\r\n", b"\r\n", b""),
        (b"a", b"a\r\n", b"a\r\n"),
        (b"a \t", b"a \t\r\n", b"a\r\n"),
        (b" \t\r\n\t", b" \t\r\n\t\r\n", b""),
        (b"a\r \n b\r\n", b"a\r \n b\r\n", b"a\r \n b\r\n"),
        (b" a \t b \r\n\r\n \r\n", b" a \t b \r\n\r\n \r\n", b" a b\r\n"),
    ],
)
def test_bodies_in_their_canonical_forms(body: bytes, plain: bytes, blank: bytes) -> None:
    assert (simple(body), relaxed(body)) == (plain, blank)
