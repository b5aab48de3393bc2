"""How fast mail is read, against mail-parser alone on the same messages.

Run it by hand: `python -m tests.benchmarks.bench_reading [--rounds 5]`. It needs nothing but the
project. Each round times every kind of mail once with either, in a new order; the medians of CPU
time are printed, and the ratio of mail-parser's to ours: above 1 we are the faster. mail-parser
parses and gives its addresses, subject, date, body and attachments; we also read what was newly
written, what was forwarded, bounces, lists, automatic mail and the language, and lay out HTML.
"""

import argparse
import json
import logging
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import mailparser

from gateway.reading import read
from tests.benchmarks.bench_accept import say

DATA = Path(__file__).parents[2] / "data"
EVERY = 6  # so many of the corpus are one that is read
PARAGRAPH = "The portal shows an error since nine, and about forty people cannot sign in today.\n"
HEAD = (
    "From: Maren Rowe <maren@agency.example>\nTo: triage@gateway.example\nSubject: portal\n"
    "Date: Tue, 14 Apr 2026 10:02:11 -0500\nMessage-ID: <one@agency.example>\nMIME-Version: 1.0\n"
)


def by_mail_parser(raw: bytes) -> object:
    mail = mailparser.parse_from_bytes(raw)
    return (
        *(mail.from_, mail.to, mail.cc, mail.reply_to, mail.subject, mail.date, mail.message_id),
        *(mail.text_plain, mail.text_html, mail.attachments),
    )


def samples() -> list[bytes]:
    return [path.read_bytes() for path in sorted((DATA / "samples").glob("*.eml"))]


def corpus() -> list[bytes]:
    lines = [
        line
        for path in sorted((DATA / "corpus").glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    rows = [json.loads(line) for line in lines[::EVERY]]
    return [row["raw"].encode("utf-8", "surrogateescape") for row in rows if "raw" in row]


TRACE = "".join(
    f"Received: from relay{n}.agency.example (relay{n}.agency.example [192.0.2.{n}])\n"
    f"\tby mx{n}.gateway.example (Postfix) with ESMTPS id 4XyZ{n}00\n"
    f"\tfor <triage@gateway.example>; Tue, 14 Apr 2026 10:02:1{n} -0500 (CDT)\n"
    for n in range(5)
)
STAMPS = (
    "Return-Path: <maren@agency.example>\nDelivered-To: triage@gateway.example\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=agency.example; s=s1;\n"
    "\th=from:to:subject:date; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n"
    "\tb=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR\n"
    "Authentication-Results: mx.gateway.example; dkim=pass header.d=agency.example; spf=pass\n"
    "User-Agent: Mozilla/5.0\nContent-Language: en-US\nX-Mailer: Mail 16.0\n"
)


def as_delivered() -> list[bytes]:
    """Text under the fields that servers and programs put above it on its way."""
    text = PARAGRAPH * 12
    kind = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\n"
    return [f"{STAMPS}{TRACE}{HEAD}{kind}\nHello,\n\n{text}\nRegards,\nMaren\n".encode()]


def with_pages() -> list[bytes]:
    """Text beside HTML beside a file, of 10 kB and of 60 kB, as mail programs send them."""
    return [_alternative(lines) for lines in (20, 120)]


def _alternative(lines: int) -> bytes:
    page = "<html><body>" + f"<p>{PARAGRAPH}</p>" * lines + "</body></html>"
    file = "JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSL0ZpbHRlci9G\n" * lines * 3
    return (
        f"{STAMPS}{TRACE}{HEAD}Content-Type: multipart/mixed; boundary=a\n\n--a\n"
        f"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
        f"{PARAGRAPH * lines}\n--b\nContent-Type: text/html\n\n{page}\n--b--\n--a\n"
        f"Content-Type: application/pdf; name=plan.pdf\nContent-Transfer-Encoding: base64\n\n"
        f"{file}\n--a--\n"
    ).encode()


def pages_alone() -> list[bytes]:
    """HTML and nothing else: mail-parser hands it on, we lay it out."""
    row = "<tr><td>Portal</td><td>down</td></tr>"
    page = f"<html><body><p>{PARAGRAPH}</p><table>{row * 8}</table><p>{PARAGRAPH}</p></body></html>"
    return [f"{STAMPS}{TRACE}{HEAD}Content-Type: text/html\n\n{page}".encode()]


KINDS: dict[str, Callable[[], list[bytes]]] = {
    "corpus": corpus,
    "samples": samples,
    "text as delivered": as_delivered,
    "text, HTML and a file": with_pages,
    "HTML alone": pages_alone,
}


def seconds(read_one: Callable[[bytes], object], mails: list[bytes]) -> float:
    """CPU seconds for all of them, repeated until there is something to measure."""
    times = max(1, 200 // len(mails))
    started = time.process_time()
    for _ in range(times):
        for raw in mails:
            read_one(raw)
    return (time.process_time() - started) / times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    logging.getLogger("mailparser").setLevel(logging.CRITICAL)
    order = random.Random(1)
    readers: dict[str, Callable[[bytes], object]] = {"mail-parser": by_mail_parser, "ours": read}
    for name, mails_of in KINDS.items():
        mails = mails_of()
        found: dict[str, list[float]] = {reader: [] for reader in readers}
        for _ in range(chosen.rounds):
            for reader in order.sample(sorted(readers), len(readers)):
                found[reader].append(seconds(readers[reader], mails))
        medians = {reader: statistics.median(times) for reader, times in found.items()}
        ratio = round(medians["mail-parser"] / medians["ours"], 2)
        each = {reader: round(spent / len(mails) * 1e6) for reader, spent in medians.items()}
        say(json.dumps({"mail": name, "ratio": ratio, "microseconds": each}))


if __name__ == "__main__":
    main()
