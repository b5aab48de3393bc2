"""Tells a formal notice of planned work by its form, whoever sent it and in whichever language.

Its calendar part says so (MAINTNOTE); or its subject names planned work with its hours, or says
that it is over or off; or subject or first lines name planned work, and below them stand a
labelled start and end, or a labelled window or day and time.
"""

import re

from classifiers.contract import Document, Event, WindowStatus
from classifiers.windows.calendars import is_work_event
from classifiers.windows.status import head_of, is_planned, told, told_by

_LINES = 200
_START = re.compile(
    r"start|begin|\bfrom\b|commenc|\bstarts\b|beginn|début|inicio|início|inizio|\bvon\b|aanvang"
    r"|początek|начало|začátek|başlangıç|alkaa|\bmulai\b",
    re.I,
)
_END = re.compile(
    r"\bend|finish|\bto\b|until|stop|complet|close|\bende\b|\bfin\b|término|\bfine\b|\beinde?|\bbis\b"
    r"|koniec|окончани|konec|bitiş|päättyy|\bslutt?\b|selesai",
    re.I,
)
_WINDOW = re.compile(
    r"window|schedule|\bwhen\b|\bdate\b|\btime\b|\bspan\b|\bperiod\b|\bslot\b|wartungsfenster|zeitraum"
    r"|créneau|\bplage\b|ventana|janela|finestra|\bfecha\b|\bdatum\b|日時|waktu",
    re.I,
)
_CELLS = re.compile(r"[ \t]*(?:[|;\t：]|:(?=[ \t*_]|$)|[ ]{2})[ \t|]*")
_MOMENT = re.compile(
    r"\d{1,2}[:.h]\d\d|\d{4}[ -]?(?:hrs|hours|utc|gmt|z\b)|\d ?[ap]\.?m\b|\b\d{4} ?[-–] ?\d{4}\b"
    r"|年",
    re.I,
)
_SPAN = re.compile(
    r"\d[ \d,/.-]{1,12}.{0,20}?\d(?::\d\d| ?[ap]\.?m).{1,30}?\d(?::\d\d| ?[ap]\.?m)", re.I
)
_BARE = re.compile(r"((?:[^\W\d]+ ){1,4})(\d[^\n]*)")
_DAY = re.compile(r"\W*(?:[^\W\d]+\W+){0,2}\d")
_REPLY = re.compile(r"\s*(?:re|aw|sv|antw|rif|res)\s*:", re.I)
_MAINTNOTE = re.compile(r"^X-MAINTNOTE-[A-Z]+[:;]", re.M | re.I)
_OFFICIAL = re.compile(r"^(?:X-MAINTNOTE-STATUS|METHOD)[:;](\S{1,40})", re.M | re.I)
_INVITED = re.compile(r"\s*(?:accepted|declined|tentative(?:ly accepted)?) ?:", re.I)
_EVENTS: dict[WindowStatus | None, frozenset[Event]] = {
    "CANCELLED": frozenset({"cancelled"}),
    "COMPLETED": frozenset({"resolved"}),
}


def events_of(document: Document) -> frozenset[Event]:
    """The events that a formal notice of planned work can report; none where the mail is none.

    What it says of itself decides; where it says nothing, the work is planned.
    """
    for calendar in document.calendars[:5]:
        if _MAINTNOTE.search(calendar[:20_000]):
            return _events(_official(calendar[:20_000]) or told(document))
    head = f"{document.subject[:300]}\n{head_of(document)}"
    if not is_planned(head) or _INVITED.match(document.subject):
        return frozenset()
    if is_planned(document.subject) and not _REPLY.match(document.subject):
        said = told_by(document.subject)
        if said in _EVENTS or _SPAN.search(document.subject[:300]):
            return _events(said or told(document))
    if _is_form(_own(document)[:12_000]) or any(map(is_work_event, document.calendars[:5])):
        return _events(told(document))
    return frozenset()


def _own(document: Document) -> str:
    """What a notice itself says: of a mail that answers or passes on nothing, the whole text."""
    is_answer = _REPLY.match(document.subject) or any(
        name.lower() == "in-reply-to" for name, _ in document.headers
    )
    if document.forwarded_text.strip() or is_answer or ">" in document.text:
        return document.reply_text.strip() or document.forwarded_text.strip() or document.text
    return document.text


def _official(calendar: str) -> WindowStatus | None:
    words = {found.upper() for found in _OFFICIAL.findall(calendar)}
    if words & {"CANCEL", "CANCELLED", "CANCELED"}:
        return "CANCELLED"
    if "COMPLETED" in words:
        return "COMPLETED"
    return "CONFIRMED" if words - {"PUBLISH", "REQUEST"} else None


def _events(status: WindowStatus | None) -> frozenset[Event]:
    return _EVENTS.get(status, frozenset({"maintenance"}))


def _is_form(text: str) -> bool:
    kinds: set[str] = set()
    lines = text.split("\n")[:_LINES]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        name, value = _labelled(line, following)
        if not name or not _DAY.match(value) or value.rstrip().endswith("?"):
            continue
        if _START.search(name):
            kinds.add("start")
        elif _END.search(name):
            kinds.add("end")
        elif _WINDOW.search(name) and _MOMENT.search(value):
            return True
    return len(kinds) == 2


def _labelled(line: str, following: str) -> tuple[str, str]:
    """The label of a line and its value, which may stand on the next line."""
    line = line.strip(" \t*_|-•>")[:200]
    name, *rest = _CELLS.split(line, maxsplit=1)
    if not rest and (found := _BARE.match(line)):
        return found[1], found[2]
    if len(name) > 50 or not name:
        return "", ""
    value = rest[0] if rest else ""
    if not value.strip(" *_|"):
        value = following.strip()[:80] if rest or len(name.split()) <= 5 else ""
    return name, value
