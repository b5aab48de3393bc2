"""Authentication-Results as servers write them, and as nobody should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reading import read
from gateway.trust import Judge
from gateway.trust.results import parsed

PASSED = {
    "a large provider": "mx.example; dkim=pass header.i=@org.example header.s=s1 header.b=Ab+/12; "
    "arc=pass (i=1 spf=pass (x) dmarc=pass fromdomain=evil.example); spf=pass (mx.example: domain "
    "of jo@org.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=jo@org.example; "
    "dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=org.example",
    "a semicolon too many": "mx.example; dkim=pass header.d=org.example; dmarc=pass(p=REJECT) "
    "header.from=org.example;",
    "brackets": "mx.example; spf=pass smtp.mailfrom=<jo@org.example>",
    "blanks everywhere": "mx.example 1 ; dkim = pass ( ok ) header.d= org.example",
    "folded": "mx.example;\r\n\tdkim=pass reason=\"1024; bits\" header.d=org.example",
    "a quoted local part": 'mx.example; spf=pass smtp.mailfrom="jo doe; x"@org.example',
    "capitals": "MX.Example.; DMARC=PASS header.from=Org.EXAMPLE",
    "versions": "mx.example; dkim/1=pass header.d=org.example",
    "more words": "mx.example; dmarc=pass action=none header.from=org.example; compauth=pass",
    "no policy": "mx.example; dmarc=none header.from=org.example; dkim=pass header.d=org.example",
    "a guess": "mx.example; dmarc=bestguesspass action=none header.from=org.example; "
    "dkim=pass header.d=org.example",
}  # fmt: skip


def verdict(value: str, authserv: str = "mx.example", sender: str = "jo@org.example") -> str:
    raw = f"Authentication-Results: {value}\r\nFrom: {sender}\r\n\r\nx".encode()
    return Judge([authserv]).judge(raw, read(raw)).verdict


@pytest.mark.parametrize("value", PASSED.values(), ids=PASSED)
def test_what_servers_write_is_understood(value: str) -> None:
    assert verdict(value) == "verified"


NOT_PASSED = {
    "in a comment": "mx.example; spf=none (dmarc=pass header.from=org.example)",
    "in a comment in a comment": "mx.example; spf=none (a (b) dmarc=pass header.from=org.example)",
    "in a quoted text": 'mx.example; spf=pass smtp.mailfrom="x; dmarc=pass header.from=org.example'
    '; "@evil.example',
    "an escaped quote": r'mx.example; spf=pass smtp.mailfrom="x\"; dmarc=pass; "@evil.example',
    "a comment without end": "mx.example; dmarc=pass header.from=org.example (",
    "a quote without end": 'mx.example; dmarc=pass header.from=org.example; x="',
    "too long": f"mx.example; dmarc=pass ({'x' * 20_000}) header.from=org.example",
    "a reason of it": "mx.example; dmarc=fail reason=dmarc=pass header.from=org.example",
    "one of two": "mx.example; dmarc=pass header.from=org.example; dmarc=fail header.from=x.y",
    "for nobody": "mx.example; dkim=pass",
    "of a helo": "mx.example; spf=pass smtp.helo=org.example",
    "no name": "dmarc=pass header.from=org.example",
    "the word for no name": "unnamed; dmarc=pass header.from=org.example",
}  # fmt: skip


@pytest.mark.parametrize("value", NOT_PASSED.values(), ids=NOT_PASSED)
def test_what_only_looks_like_a_pass_is_none(value: str) -> None:
    assert verdict(value) == "unverified"


def test_a_server_that_names_itself_nowhere_counts_where_that_is_configured() -> None:
    value = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=org.example; dmarc=pass action=none " \
        "header.from=org.example;compauth=pass reason=100"  # fmt: skip
    assert verdict(value, "unnamed") == "verified"
    assert verdict(f"mx.evil.example; {value}", "unnamed") == "unverified"
    assert verdict("unnamed; dmarc=pass header.from=org.example", "unnamed") == "unverified"


def test_names_of_other_letters_are_the_same_in_either_form() -> None:
    for domain in ("bücher.example", "xn--bcher-kva.example"):
        value = f"mx.example; dmarc=pass header.from={domain}"
        assert verdict(value, sender="jo@xn--bcher-kva.example") == "verified"


def test_a_result_that_is_not_known_yet_leaves_it_open() -> None:
    assert verdict("mx.example; dmarc=temperror header.from=org.example") == "unknown"


@given(st.text('ab=;.()"\\ \r\n\t', max_size=60))
def test_any_text_is_a_field_or_none(value: str) -> None:
    field = parsed(value)
    assert field is None or all(result.method == result.method.lower() for result in field.results)
