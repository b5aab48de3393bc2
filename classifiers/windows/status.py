"""The status of a notice in the words of MAINTNOTE: from its subject, else its first lines.

Only what the notice says of itself counts, so the status is looked for where a notice says it:
never in the standing text below ("once the maintenance is complete").
"""

import re

from classifiers.contract import Document, Event, WindowStatus

_HEAD = 400
_WORDS: tuple[tuple[WindowStatus, re.Pattern[str]], ...] = (
    ("RE-SCHEDULED", re.compile(
        r"\bre-?sched\w+|\b(?:moved|postponed|delayed|pushed|shifted"
        r"|brought forward)\b(?! (?:files|data))"
        r"|\bnow in force\b|\bnew (?:date|time|window|schedule)s?\b|\b(?:date|time|window"
        r"|schedule)s? (?:change|update)d?"
        r"|\bexten(?:ded|sion)\b|\bplanned dates updated|\breprogramad|\baplazad"
        r"|\bpospuest", re.I)),
    ("TENTATIVE", re.compile(
        r"\btentativ\w+|\bproposed\b|\bpending approval|\bto be confirmed\b"
        r"|\bnot yet (?:approved|confirmed)"
        r"|\bprovisional\w*|\bsubject to (?:approval|change)", re.I)),
    ("IN-PROCESS", re.compile(
        r"\bin[- ]pro(?:gress|cess)\b|\bunder ?way\b|\b(?:has|have) (?:begun|started)\b"
        r"|\bhas now started"
        r"|\bcurrently (?:performing|undergoing|being)|\bstarted:|\ben curso\b", re.I)),
    ("COMPLETED", re.compile(
        r"\b(?:is|are|was|been|now) (?:now |successfully )?complete[d]?\b|\bcompleted?\b(?=\W*$)"
        r"|\bcomplete\b\s*[-:]"
        r"|\bcompletad[oa]", re.I)),
    ("CONFIRMED", re.compile(
        r"\bconfirm\w*|\bapproved\b|\bscheduled\b|\bplanned\b|\breminder\b|\bwill (?:be|take"
        r"|begin|start|undergo|perform|have)\b"
        r"|\bupcoming\b|\bprogramad[oa]\b", re.I)),
)  # fmt: skip
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*\n")
_CONDITION = re.compile(r"\b(?:once|when|after|until|if|as soon as|while|during)\b", re.I)
_WORK = re.compile(
    r"\bmainten|\brelease|\bdeploy|\bupgrade|\bwindow\b|\bchange\b|\bchg|\bplanned|\bpatch"
    r"|\bmantenim",
    re.I,
)


def status_of(document: Document, event: Event) -> WindowStatus | None:
    """The status that a notice tells, None where it tells none or is no notice."""
    if event == "cancelled":
        return "CANCELLED"
    body = (document.reply_text or document.forwarded_text or document.text)[:_HEAD]
    if event == "resolved":
        return "COMPLETED" if _WORK.search(document.subject) or _WORK.search(body) else None
    if event != "maintenance":
        return None
    for text in (document.subject[:300], body):
        said = " ".join(part for part in _SENTENCE.split(text) if not _CONDITION.search(part))
        for status, words in _WORDS:
            if status != "CONFIRMED" and words.search(said):
                return status
    whole = f"{document.subject[:300]}\n{body}"
    return "CONFIRMED" if _WORDS[-1][1].search(whole) else None
