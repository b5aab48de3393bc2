"""Lists of readers that an organization has already, taken over from a CSV file with their consent.

All of it or nothing: a list with a mistake in it is mended first. Columns `address` and `service`,
and if wanted `name`, `language`, `wants` and `digest`.
"""

import csv
import io
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from gateway.errors import Permanent
from gateway.incidents import subscribers
from gateway.incidents.subscribers import RHYTHMS, WANTS, Choice, Consent

NEEDED = ("address", "service")
KNOWN = (*NEEDED, "name", "language", "wants", "digest")
IsMail = Callable[[str], bool]
TOLD = 20  # mistakes that are named one by one


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of it: rows taken, there before or twice in the list, and who wants no news."""

    added: int
    known: int
    refused: int


def take(
    session: Session,
    text: str,
    services: Collection[str],
    consent: str,
    is_mail: IsMail,
) -> Taken:
    """Take the list in. Raises Permanent naming each line that is wrong; then nothing was done."""
    if not consent.strip():
        raise Permanent("say how these people agreed: --consent")
    rows, wrong = _read(text, services, is_mail)
    if wrong:
        more = f"\nand {len(wrong) - TOLD} more" if len(wrong) > TOLD else ""
        raise Permanent("nothing was taken:\n" + "\n".join(wrong[:TOLD]) + more)
    words = Consent("import", consent.strip())
    out = subscribers.refused(session, [row["address"] for row in rows])
    added = refused = 0
    seen: set[tuple[str, str]] = set()
    for row in rows:
        address, service = row["address"], row["service"]
        if address in out:
            refused += 1
            continue
        is_known = any(one.service == service for one in subscribers.of(session, address))
        if (address, service) in seen or is_known:
            continue
        seen.add((address, service))
        choice = Choice((service,), row["wants"], row["digest"])
        added += subscribers.subscribe(
            session, address, choice, words, name=row["name"], language=row["language"]
        )
    return Taken(added, len(rows) - added - refused, refused)


def _read(
    text: str, services: Collection[str], is_mail: IsMail
) -> tuple[list[dict[str, Any]], list[str]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    columns = [one.strip().lower() for one in reader.fieldnames or ()]
    missing = [one for one in NEEDED if one not in columns]
    strange = [one for one in columns if one not in KNOWN]
    if missing or strange:
        what = [f"no column {one}" for one in missing] + [f"a column {one}" for one in strange]
        raise Permanent(f"line 1: {', '.join(what)}; known are {', '.join(KNOWN)}")
    reader.fieldnames = columns
    rows, wrong = [], []
    for row in reader:
        try:
            rows.append(_checked(row, services, is_mail))
        except (Permanent, csv.Error) as error:
            wrong.append(f"line {reader.line_num}: {error}")
    return rows, wrong


def _checked(row: dict[str, Any], services: Collection[str], is_mail: IsMail) -> dict[str, Any]:
    if None in row or None in row.values():
        raise Permanent("it has not as many fields as line 1")
    found = {key: str(value).strip() for key, value in row.items()}
    address = subscribers.normal(found["address"])
    if not is_mail(address):
        raise Permanent(f"{found['address'][:80]} is no mail address")
    if found["service"] not in services:
        raise Permanent(f"no service {found['service'][:60]} in the catalogue")
    wants, digest = found.get("wants") or "all", found.get("digest") or "no"
    if wants not in WANTS:
        raise Permanent(f"wants is {', '.join(WANTS)}, not {wants[:30]}")
    if digest not in RHYTHMS:
        raise Permanent(f"digest is {', '.join(RHYTHMS)}, not {digest[:30]}")
    language = found.get("language") or "en"
    if not language.replace("-", "").isalpha() or len(language) > 12:
        raise Permanent(f"{language[:20]} is no language such as en or es")
    name = " ".join(found.get("name", "").split())[:200]
    return {
        "address": address, "service": found["service"], "name": name, "language": language.lower(),
        "wants": wants, "digest": digest,
    }  # fmt: skip
