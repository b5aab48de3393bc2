"""A night from its script: every message as bytes, when it comes, and what it is about.

The texts stand in a TOML file and are written by hand; who sends them when, what is answered,
passed on, sent twice or comes late is drawn by a fixed seed. Or the file has letters, of which
all that is written too (`letters.py`).
"""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from tests.night.letters import written
from tests.night.scene import ADDRESS, Scene

FOLDER = Path(__file__).parent
_FIRST = [
    "Ana",
    "Ben",
    "Carla",
    "Dmitri",
    "Elena",
    "Frank",
    "Grace",
    "Hugo",
    "Ines",
    "Jack",
    "Keiko",
    "Luis",
    "Mona",
    "Ned",
    "Opal",
    "Pia",
    "Quinn",
    "Rosa",
    "Sam",
    "Tess",
    "Uma",
    "Vic",
    "Wanda",
    "Yara",
    "Zeb",
]
_LAST = [
    "Abara",
    "Bell",
    "Castillo",
    "Dorn",
    "Espinoza",
    "Flint",
    "Garza",
    "Hale",
    "Imani",
    "Jorge",
    "Kemp",
    "Lund",
    "Mora",
    "Nash",
    "Ortiz",
    "Pruitt",
    "Quick",
    "Reyes",
    "Stone",
    "Tran",
    "Usher",
    "Vance",
    "Webb",
    "Young",
    "Zamora",
]
_HOUSES = [
    "vetservice.example",
    "countyvso.example",
    "clinic.example",
    "legionpost.example",
    "people.example",
    "mailbox.example",
    "families.example",
    "ro.example",
]


@dataclass(frozen=True, slots=True)
class _Mail:
    sender: str
    subject: str
    body: str
    at: datetime
    truth: str
    what: str
    fields: tuple[tuple[str, str], ...] = ()
    answers: str = ""
    key: str = ""


def scenes(name: str, *, seed: int = 7, share: float = 1.0) -> list[Scene]:
    """The messages of a night in the order in which they come; `share` of those of people."""
    script = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    if "letter" in script:
        return written(script)
    rng = random.Random(seed)
    start = datetime.fromisoformat(script["start"])
    mails = list(_told(script, start, rng, share))
    mails += list(_passed_on(script, mails, rng))
    found = [_scene(mail, rng) for mail in mails]
    twice = rng.sample(found, len(found) // 12)
    found += [
        replace(one, comes=one.comes + timedelta(minutes=rng.randint(1, 40))) for one in twice
    ]
    return sorted(found, key=lambda one: (one.comes, one.raw))


def _told(
    script: dict[str, Any], start: datetime, rng: random.Random, share: float
) -> Iterator[_Mail]:
    for incident in script["incident"]:
        first, last = incident.get("from", 0), incident.get("to", 0)
        people = incident["people"]
        for subject, body in people[: max(1, round(len(people) * share))] if people else ():
            at = start + timedelta(minutes=rng.uniform(first + 2, last - 2))
            yield _Mail(_person(rng), subject, body, at, incident["id"], "person")
        for mail in incident.get("mail", ()):
            yield _machine(mail, start + timedelta(minutes=mail["at"]), incident["id"])
    alone = script["alone"]
    for number, body in enumerate(alone["signin"]):
        at = start + timedelta(minutes=rng.uniform(0, 355))
        reference = f"SH-2026-{118000 + number * 37}"
        text = f"Request: {reference}\nName: {_name(rng)}\nEmail: {_person(rng).partition('<')[2][:-1]}\n\nWhat happened:\n{body}\n"
        yield _Mail(
            "VA.gov sign-in help <no-reply@signinhelp.example>",
            f"Get Help Signing in to VA.gov: request {reference}",
            text,
            at,
            f"alone-signin-{number}",
            "signin",
        )
    for number, (subject, body) in enumerate(alone["noise"]):
        at = start + timedelta(minutes=rng.uniform(0, 355))
        fields = (("List-Unsubscribe", "<mailto:leave@news.example>"), ("Precedence", "bulk"))
        yield _Mail(
            f"News <news{number}@news{number}.example>",
            subject,
            body,
            at,
            f"alone-noise-{number}",
            "noise",
            fields if number % 2 == 0 else (),
        )
    for number, (subject, body) in enumerate(alone["other"]):
        at = start + timedelta(minutes=rng.uniform(0, 355))
        yield _Mail(_person(rng), subject, body, at, f"alone-other-{number}", "other")


def _passed_on(script: dict[str, Any], mails: list[_Mail], rng: random.Random) -> Iterator[_Mail]:
    """Answers of people on their own threads, and what others pass on of what people wrote."""
    passing = script["passing"]
    told = [mail for mail in mails if mail.what == "person"]
    for mail in rng.sample(told, len(told)):
        at = mail.at + timedelta(minutes=rng.uniform(4, 30))
        quoted = "\n".join(f"> {line}" for line in mail.body.splitlines())
        body = f"{rng.choice(passing['replies'])}\n\nOn {mail.at:%b %d, %Y}, you wrote:\n{quoted}\n"
        yield _Mail(
            mail.sender, f"Re: {mail.subject}", body, at, mail.truth, "reply", answers=_id(mail)
        )
    for mail in rng.sample(told, round(len(told) * 0.7)):
        at = mail.at + timedelta(minutes=rng.uniform(3, 15))
        yield _forward(mail, _person(rng), rng.choice(passing["forwards"]), at)
    for mail in rng.sample(told, round(len(told) * 0.5)):  # sent once more by its writer, anew
        yield replace(
            mail, at=mail.at + timedelta(minutes=rng.uniform(2, 9)), what="again", key="again"
        )


def _forward(mail: _Mail, sender: str, comment: str, at: datetime) -> _Mail:
    body = (
        f"{comment}\n\n---------- Forwarded message ---------\nFrom: {mail.sender}\n"
        f"Date: {format_datetime(mail.at)}\nSubject: {mail.subject}\nTo: {sender}\n\n{mail.body}\n"
    )
    return _Mail(sender, f"Fwd: {mail.subject}", body, at, mail.truth, "forward")


def _machine(mail: dict[str, Any], at: datetime, truth: str) -> _Mail:
    return globals()[f"_{mail['channel']}_mail"](mail, at, truth)  # type: ignore[no-any-return]


def _pagerduty_mail(mail: dict[str, Any], at: datetime, truth: str) -> _Mail:
    body = (
        f"{mail['state']} Incident\n#{int(mail['id'], 16) % 90000}: {mail['title']}\n"
        f"https://ops.pagerduty.com/incidents/P{mail['id'].upper()}\nService: {mail['service']}\n"
        f"Opened on: {at:%b %d, %Y at %I:%M %p}\nEscalation policy: Platform\nUrgency: High\nStatus: {mail['state'].lower()}\n"
    )
    fields = (("Auto-Submitted", "auto-generated"),)
    return _Mail(
        "PagerDuty <no-reply@pagerduty.com>",
        f"[PagerDuty Alert] You have 1 {mail['state']} Incidents ([{mail['id']}])",
        body,
        at,
        truth,
        "pagerduty",
        fields,
        key=mail["state"] + mail["id"],
    )


def _alertmanager_mail(mail: dict[str, Any], at: datetime, truth: str) -> _Mail:
    labels = {"alertname": mail["alert"], **mail["labels"]}
    inside = " ".join(f"{value}" for value in mail["labels"].values())
    lines = "\n".join(f"{key} = {value}" for key, value in labels.items())
    body = f"[1] {mail['state'].title()}\nLabels\n{lines}\nAnnotations\nsummary = {mail['text']}\nSource: https://prometheus.ops.example/graph\n\nSent by AlertManager\n"
    return _Mail(
        "Alertmanager <alertmanager@ops.example>",
        f"[{mail['state']}:1] {mail['alert']} ({inside})",
        body,
        at,
        truth,
        "alertmanager",
        (("Auto-Submitted", "auto-generated"),),
        key=f"{mail['alert']}{at}",
    )


def _sentry_mail(mail: dict[str, Any], at: datetime, truth: str) -> _Mail:
    body = f"{mail['title']}\n\n{mail['text']}\n\nShort ID: {mail['id']}\nhttps://sentry.ops.example/organizations/va/issues/{abs(hash(mail['id'])) % 9000 + 70000}/\n"
    body = body.replace(
        f"issues/{abs(hash(mail['id'])) % 9000 + 70000}",
        f"issues/7{len(mail['id'])}{ord(mail['id'][-1])}",
    )
    return _Mail(
        "Sentry <noreply@sentry.ops.example>",
        f"[Sentry] {mail['id']} - {mail['title']}",
        body,
        at,
        truth,
        "sentry",
        (("X-Sentry-Project", mail["project"]),),
        key=mail["id"],
    )


def _servicenow_mail(mail: dict[str, Any], at: datetime, truth: str) -> _Mail:
    body = f"Number: {mail['id']}\nShort description: {mail['short']}\nState: {mail['event']}\n\n{mail['text']}\n\nRef: MSG{at:%H%M}0031\n"
    return _Mail(
        "IT Service Desk <itsm@servicenow.example>",
        f"{mail['id']} {mail['event']}: {mail['short']}",
        body,
        at,
        truth,
        "servicenow",
        (("Auto-Submitted", "auto-generated"),),
        key=mail["id"] + mail["event"],
    )


def _slack_mail(mail: dict[str, Any], at: datetime, truth: str) -> _Mail:
    body = f"From @{mail['who']}: {mail['text']}\n\nRequest Type: {mail['topic']}\nAssigned to: @support-oncall\nView in Slack: https://slack.example/archives/C01/p{at:%H%M%S}\n"
    return _Mail(
        "Support Bot <bot@slackrelay.example>",
        f"#platform-support: new request from @{mail['who']}",
        body,
        at,
        truth,
        "slack",
        key=mail["who"],
    )


def _tally_mail(mail: dict[str, Any], at: datetime, truth: str) -> _Mail:
    return _Mail(
        "Contact Center <tally@callcenter.example>",
        mail["subject"],
        mail["text"],
        at,
        truth,
        "tally",
        key=mail["subject"],
    )


def _list_mail(mail: dict[str, Any], at: datetime, truth: str) -> _Mail:
    fields = (("List-Id", f"<{mail['list']}>"), ("Precedence", "list"))
    return _Mail(
        f"Status <{mail['who']}>",
        mail["subject"],
        mail["text"] + "\n",
        at,
        truth,
        "list",
        fields,
        key=f"{at}",
    )


def _forward_mail(mail: dict[str, Any], at: datetime, truth: str) -> _Mail:
    first = _Mail(
        f"Status <{mail['original']}>",
        mail["subject"],
        mail["text"],
        at - timedelta(minutes=20),
        truth,
        "list",
    )
    return _forward(first, f"Lena Varga <{mail['who']}>", mail["comment"], at)


def _name(rng: random.Random) -> str:
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def _person(rng: random.Random) -> str:
    name = _name(rng)
    return f"{name} <{name.lower().replace(' ', '.')}{rng.randint(1, 999)}@{rng.choice(_HOUSES)}>"


def _id(mail: _Mail) -> str:
    number = random.Random(
        f"{mail.sender}{mail.subject}{mail.key}{mail.what}{mail.at}"
    ).getrandbits(64)
    return f"{number:x}@{mail.sender.rpartition('@')[2].strip('>')}"


def _scene(mail: _Mail, rng: random.Random) -> Scene:
    late = rng.random()
    delay = (
        rng.uniform(0, 1)
        if late < 0.8
        else rng.uniform(5, 25)
        if late < 0.97
        else rng.uniform(40, 80)
    )
    head = [
        ("From", mail.sender),
        ("To", ADDRESS),
        ("Subject", mail.subject),
        ("Date", format_datetime(mail.at)),
        ("Message-ID", f"<{_id(mail)}>"),
        *mail.fields,
    ]
    if mail.answers:
        head += [("In-Reply-To", f"<{mail.answers}>"), ("References", f"<{mail.answers}>")]
    head.append(("Content-Type", "text/plain; charset=utf-8"))
    text = (
        "".join(f"{name}: {value}\r\n" for name, value in head)
        + "\r\n"
        + mail.body.replace("\n", "\r\n")
        + "\r\n"
    )
    return Scene(text.encode(), mail.at, mail.at + timedelta(minutes=delay), mail.truth, mail.what)
