"""DKIM: our signatures, checked by a reader of RFC 6376 that shares nothing with their maker."""

import asyncio
import base64
import email
import hashlib
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from gateway.config import AnswerSettings, DkimSettings, RelaySettings, load
from gateway.errors import ConfigError, Permanent
from gateway.letters import Letters, Links
from gateway.model import Address, Letter
from gateway.outbox import Outbox, signing
from gateway.outbox.signing import Key, Signer, new_key
from gateway.store.database import Database
from gateway.store.leases import this_process
from tests.integration.postfix import HOST, await_condition
from tests.integration.sink import Sink

DOMAIN = "gateway.example"
TEMPLATES = Path(__file__).parents[2] / "templates"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> list[Key]:
    folder = tmp_path_factory.mktemp("dkim")
    return [
        new_key(DOMAIN, "2026a", folder / "a.pem"),
        new_key(DOMAIN, "2026e", folder / "e.pem", ed=True),
    ]


@pytest.fixture
def letter() -> Letter:
    letters = Letters(
        [TEMPLATES], sender=f"news@{DOMAIN}", name="Triage", organization="Añadidura",
        address=f"triage@{DOMAIN}",
    )  # fmt: skip
    letters.links = Links(b"k" * 32, f"triage@{DOMAIN}", "https://news.example")
    facts = {
        "subject": "Claims", "reporter": "Ada", "text": "It loads again.\n\n  . Nothing was lost.",
        "services": [{"id": "claims", "name": "Claims"}], "reported_at": None, "why": ["reporter"],
        "started": None, "ended": None,
    }  # fmt: skip
    return letters.write(
        "resolution", key="1", recipient=Address("ada@people.example", "Ada Muñoz"), language="es",
        ref="TG-1", token="tok", facts=facts, in_reply_to="report.1@people.example",
    )  # fmt: skip


# --- a verifier of our own: RFC 6376 sections 3.4 and 6.1, RFC 8463 -------------------------------


def unfolded(value: bytes) -> bytes:
    return re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


def fields_of(head: bytes) -> list[tuple[bytes, bytes]]:
    found = re.findall(rb"([!-9;-~]+)[ \t]*:((?:[^\r]|\r(?!\n)|\r\n[ \t])*)\r\n", head)
    return [(name.lower(), value) for name, value in found]


def relaxed_body(body: bytes) -> bytes:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def verified(raw: bytes, records: dict[str, str]) -> list[str]:
    """The names of the keys whose signatures hold; ValueError for one that does not."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = fields_of(head + b"\r\n")
    names = []
    for at, (name, value) in enumerate(fields):
        if name != b"dkim-signature":
            continue
        tags = {
            key.strip().decode(): re.sub(rb"\s+", b"", text).decode()
            for key, _, text in (tag.partition(b"=") for tag in value.split(b";"))
        }
        digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
        if (tags["c"], tags["bh"]) != ("relaxed/relaxed", digest):
            raise ValueError("body")
        rest, data = [one for number, one in enumerate(fields) if number != at], b""
        for wanted in tags["h"].lower().encode().split(b":"):
            there = [number for number, one in enumerate(rest) if one[0] == wanted]
            if there:
                _, text = rest.pop(there[-1])
                data += wanted + b":" + unfolded(text) + b"\r\n"
        bare = re.sub(rb"(;\s*b=)[^;]*", rb"\1", value)
        data += b"dkim-signature:" + unfolded(bare)
        where = f"{tags['s']}._domainkey.{tags['d']}"
        record = dict(part.strip().split("=", 1) for part in records[where].split(";"))
        public, signature = base64.b64decode(record["p"]), base64.b64decode(tags["b"])
        try:
            if tags["a"] == "rsa-sha256":
                key = load_der_public_key(public)
                assert isinstance(key, rsa.RSAPublicKey)
                key.verify(signature, data, padding.PKCS1v15(), SHA256())
            else:
                assert tags["a"] == "ed25519-sha256"
                ed25519.Ed25519PublicKey.from_public_bytes(public).verify(
                    signature, hashlib.sha256(data).digest()
                )
        except InvalidSignature as error:
            raise ValueError(where) from error
        names.append(where)
    return names


def records_of(keys: list[Key]) -> dict[str, str]:
    return {key.name: key.record for key in keys}


def test_a_letter_is_signed_with_every_key_and_both_hold(keys: list[Key], letter: Letter) -> None:
    raw = Signer(keys).sign(letter.raw)
    assert raw.endswith(letter.raw)
    assert verified(raw, records_of(keys)) == [key.name for key in keys]


def test_another_library_finds_the_signatures_sound(keys: list[Key], letter: Letter) -> None:
    raw = Signer(keys).sign(letter.raw)
    records = records_of(keys)

    def txt(name: bytes, timeout: int = 5) -> bytes:
        return records[name.decode().rstrip(".")].encode()

    checked = dkim.DKIM(raw)
    assert [checked.verify(idx=number, dnsfunc=txt) for number in range(2)] == [True, True]


@pytest.mark.parametrize(
    "field",
    ["From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Auto-Submitted", "List-Id",
     "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Type"],
)  # fmt: skip
def test_what_the_reader_goes_by_cannot_be_changed_on_the_way(
    keys: list[Key], letter: Letter, field: str
) -> None:
    raw = Signer(keys).sign(letter.raw)
    name = field.encode()
    assert re.search(rb"(?m)^" + name + b":", raw)
    changed = re.sub(rb"(?m)^(" + name + b": ?)", rb"\1x", raw, count=1)
    with pytest.raises(ValueError, match="domainkey"):
        verified(changed, records_of(keys))


@pytest.mark.parametrize("field", [b"From: m@x.example", b"Subject: Pay", b"Cc: all@x.example"])
def test_nobody_can_add_a_second_one(keys: list[Key], letter: Letter, field: bytes) -> None:
    raw = Signer(keys).sign(letter.raw)
    with pytest.raises(ValueError, match="domainkey"):
        verified(field + b"\r\n" + raw, records_of(keys))


def test_the_body_cannot_be_changed_but_for_spaces(keys: list[Key], letter: Letter) -> None:
    raw = Signer(keys).sign(letter.raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert verified(raw + b"\r\n\r\n", records_of(keys))
    with pytest.raises(ValueError, match="body"):
        verified(head + b"\r\n\r\nMore. " + body, records_of(keys))


def test_a_letter_says_whose_it_is_in_one_from_or_is_not_signed(keys: list[Key]) -> None:
    signer = Signer(keys)
    for raw in (b"Subject: x\r\n\r\nx", b"From: a@x\r\nFrom: b@x\r\n\r\nx", b"\x00\r\n", b""):
        with pytest.raises(Permanent, match="cannot be signed"):
            signer.sign(raw)


# --- key files -----------------------------------------------------------------------------------


def test_a_key_file_is_ours_alone_and_never_overwritten(tmp_path: Path) -> None:
    made = new_key(DOMAIN, "s1", tmp_path / "s1.pem")
    assert stat.S_IMODE((tmp_path / "s1.pem").stat().st_mode) == 0o600
    found = signing.load(
        [DkimSettings(domain=DOMAIN, selector="s1", key_file=tmp_path / "s1.pem")], "triage.toml"
    )
    assert found is not None
    assert found.keys[0].record == made.record
    with pytest.raises(Permanent, match="is there already"):
        new_key(DOMAIN, "s1", tmp_path / "s1.pem")


def test_what_is_no_key_or_open_to_all_is_said_at_start(tmp_path: Path) -> None:
    file = tmp_path / "s1.pem"
    setting = DkimSettings(domain=DOMAIN, selector="s1", key_file=file)
    for text, mode, why in [
        (b"no key", 0o600, "holds no private key"),
        (None, 0o644, "chmod 600"),
    ]:
        file.unlink(missing_ok=True)
        if text is None:
            new_key(DOMAIN, "s1", file)
        else:
            file.write_bytes(text)
        file.chmod(mode)
        with pytest.raises(ConfigError, match=why):
            signing.load([setting], "triage.toml")
    assert signing.load([], "triage.toml") is None


@pytest.mark.parametrize(
    ("domain", "why"),
    [("gateway.example", None), ("example", "must be a domain"), ("other.example", "speak for")],
)
def test_a_key_must_speak_for_the_domain_in_from(
    tmp_path: Path, domain: str, why: str | None
) -> None:
    new_key(DOMAIN, "s1", tmp_path / "s1.pem")
    text = (
        f'addresses = ["triage@gateway.example"]\n[[dkim]]\ndomain = "{domain}"\n'
        f'selector = "s1"\nkey_file = "{tmp_path / "s1.pem"}"\n'
    )
    if why is None:
        assert load(text=text).dkim[0].selector == "s1"
    else:
        with pytest.raises(ConfigError, match=why):
            load(text=text)


# --- at the moment of sending --------------------------------------------------------------------


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def test_letters_leave_signed_and_what_cannot_be_signed_is_held(
    store: Database, sink: Sink, keys: list[Key], letter: Letter
) -> None:
    bad = Letter("2", "resolution", "b@people.example", "2@x", "x", "", b"Subject: x\r\n\r\nx\r\n")
    relay = RelaySettings(url=f"smtp://{HOST}:{sink.port}")
    outbox = Outbox(store, relay, AnswerSettings(), this_process(), signer=Signer(keys))
    with store.transaction() as session:
        outbox.enqueue(session, [letter, bad])

    async def send() -> None:
        await outbox.start()
        done = {"sent": 1, "held": 1}
        await asyncio.to_thread(
            await_condition,
            lambda: done.items() <= outbox.counts().items(),
            "one letter is sent and the other held",
        )
        await outbox.stop()

    asyncio.run(send())
    (received,) = sink.received
    assert verified(received.raw, records_of(keys)) == [key.name for key in keys]
    (held,) = outbox.listing("held")
    assert held.reason == "it cannot be signed: it has not one From"
    assert email.message_from_bytes(received.raw)["To"].endswith("<ada@people.example>")
