"""Facts for letters that nobody gets: what a preview shows, of every kind that is shipped.

Invented, and long enough to show how a letter breaks its lines.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.letters import NEWS, SUBSCRIPTION, UNTOLD

AT = datetime(2026, 3, 18, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
READER = "ada.muster@people.example"
NAME = "Ada Muster"
TEXTS = {
    "opened": "Some people see the message “Something went wrong” after they enter their code. "
    "Trying again after a few minutes helps some of them.",
    "update": "We found the cause: a certificate that had expired. It is being replaced now.",
    "maintenance_planned": "We are moving the service to new servers.",
    "maintenance_moved": "The team needs one more day to prepare.",
    "maintenance_cancelled": "The change is not needed any more.",
    "maintenance_done": "Everything went as planned.",
    "resolution": "The expired certificate was replaced at 10:40 p.m.\n\nNothing that you entered "
    "was lost.",
    "false_alarm": "A probe of ours was broken. The service itself worked all the time.",
}
_ACKNOWLEDGED: dict[str, Any] = {
    "received": AT, "event": "outage", "reach": "some", "people": 40, "hampered": "blocked",
    "severity": "high", "needs_review": True, "doubts": ["the service is only mentioned"],
    "follow_up": False, "state": "new", "reopened": False,
}  # fmt: skip


def facts(kind: str, services: list[dict[str, str]]) -> dict[str, Any]:
    """Facts for a letter of that kind about `services`."""
    text = TEXTS.get(kind, "It works again.")
    is_work = kind.startswith("maintenance")
    is_over = kind in {"resolution", "maintenance_done"}
    found: dict[str, Any] = {
        **_ACKNOWLEDGED,
        "subject": "Cannot sign in since this morning",
        "reporter": NAME,
        "services": services,
        "text": text,
        **(UNTOLD if is_work else {}),
        "windows": [{"start": AT, "end": AT + timedelta(hours=4)}] if is_work else [],
        "earlier": [{"start": AT - DAY, "end": AT - DAY / 2}]
        if kind == "maintenance_moved"
        else [],
        "started": None if is_work else AT,
        "ended": AT + timedelta(hours=1, minutes=40) if is_over else None,
        "reported_at": None if is_work else AT + timedelta(minutes=12),
        "why": ["subscriber"] if is_work else ["reporter", "subscriber"],
    }
    if kind.startswith(SUBSCRIPTION):
        found |= {
            "action": "subscribe", "wants": "all", "digest": "no", "hours": 48,
            "confirm_url": "https://triage.example/news/confirm/0123456789abcdef-abcdefghijklm",
            "page": "https://triage.example/news", "known": services,
            "subscriptions": [{"name": services[0]["name"], "wants": "outages", "digest": "daily"}],
            "unknown": [{"word": "idmee", "near": [services[0]["name"]]}],
        }  # fmt: skip
    if kind == "digest":
        told = [("opened", AT), ("resolution", AT + timedelta(hours=2))]
        found |= {
            "rhythm": "daily", "more": 3,
            "items": [
                {"at": at, "kind": one, "ref": "TG-17", "subject": "Cannot sign in",
                 "text": TEXTS[one], "services": services}
                for one, at in told
            ],
        }  # fmt: skip
    return found


def has_sample(kind: str) -> bool:
    """Whether such a letter can be shown."""
    return kind in NEWS or kind.startswith(SUBSCRIPTION) or kind == "acknowledgement"


def is_about_a_ticket(kind: str) -> bool:
    """Whether such a letter bears a ticket's number."""
    return kind != "digest" and not kind.startswith(SUBSCRIPTION)
