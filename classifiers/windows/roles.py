"""What the words around a time say of it: a start, an end, the new one, the old one, none of ours.

The nearest word wins. A meeting, a call, the next update, a due date or a form's stamp makes a
time none of ours unless the trouble or the work is named between that word and the time.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from classifiers.windows.chains import Chain
from classifiers.windows.cues import FRAMES, LEADS, OTHERS, SIDES, SINCE, TOLD
from classifiers.windows.tokens import Clock
from classifiers.windows.zones import Zone, zone_of

_LEAD = 260
_MARKS = " \n\t*•-([>|"
_TAIL = 120
_LABELLED = 4  # words between a label and its time; more are a sentence

_SENTENCE = re.compile(
    r"(?<![ap]\.m)(?<!\bapprox)(?<!\b(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed"
    r"|thu|fri|sat|sun|est))\.(?:\s|$)|[!;]\s|\n[ \t]*\n|\.\n",
    re.I,
)
_IN_BRACKETS = re.compile(r"\(([A-Z]{2,4}|(?:UTC|GMT)[+\-−]?[\d:]{0,5}|[A-Z][a-z]{5,8})\)")
_WRITER = re.compile(r" {0,2}[-\u2013\u2014] {0,2}[A-Z]\w+(?: [A-Z]\w+){0,2} {0,2}(?:[(:]|\Z)")
_WEEKLY = re.compile(r"\bmon(?:day)?s?\W{1,3}(?:to |through |thru )?fri", re.I)  # office hours
_NAMES_TIME = re.compile(r"\b(?:time|date|when|hora|fecha|window|outage|maintenance)\b", re.I)
_BEGUN = re.compile(r"\b(?:beginning|starting|from|ab|desde|partir)\b", re.I)
_ONWARD = re.compile(r"\W{0,3}(?:and )?on(?:wards?)?(?=\W*(?:$|[,;.)]))", re.I)
_SINCE_THEY = re.compile(r"\bsince (?:we|i|they|he|she|you)\b[^.;,\n]{1,40}\bat\W*\Z", re.I)
_THROUGH = re.compile(r"\b(?:through|thru|until|till?|hasta|bis)\W*\Z", re.I)
_ON = re.compile(r"\W{0,3}on(?:wards?)?\b(?! (?:the |\d|[A-Z]|\w+day))")
_FROM = re.compile(r"\bfrom\W*\Z", re.I)
_LENGTH = re.compile(r"\b(?:duration|length|dauer|durée|duraci[óo]n)\W*\Z", re.I)
_FIRST = re.compile(r"\b(?:start|beg[aiu]n|onset|initial|since|inici|impact)", re.I)
#: A label under which bare digits are a time.
_TIMELY = re.compile(
    r"time|date|when|hora|fecha|window|outage|maintenance|start|beg[ai]n|end\b|from|to\b|hour|hrs"
    r"|night|day|uhr|zeit|fenster|per[ií]od|slot|schedul|plan|work|down|impact|duration|dauer",
    re.I,
)
_TIMED = re.compile(r"\W*(?:(?:event|local) )?(?:date|time|timestamp|when|hora|fecha)\b", re.I)
_OPENED = re.compile(r"\b(?:opened|created)\b", re.I)
_ROW = re.compile(r"[\W_]{0,6}[^\W\d_][\w /-]{1,30}(?: {3,60}|\t|\|)\S")
_ZONE_LABEL = re.compile(r"\W*(UTC|GMT|[ECMP][SD]?T|CES?T|BST|IST|JST|SGT)\W*:[\s*_]*\Z")
_CELL = re.compile(r"\s{2,40}|\t|\|")
_LABEL = re.compile(
    r"[\W_]{0,6}(?:\d{1,2}[.)] {1,8})?[^\W\d_][\w &/().*#'’?-]{0,44}(?:[:：=]|(?:  |\t)\s*\Z)"
)

_WEAK_START = re.compile(
    r"\b(?:from|as of|since|after|@|at|a las?|um|gegen|à|às)\W*"
    r"(?:about|around|approximately|~)?\W*$",
    re.I,
)
_WEAK_END = re.compile(
    r"\b(?:to|by|through|thru|hasta)\W*(?:about|around|approximately|~)?\W*$",
    re.I,
)

_MOVE = (
    r"(?:moved|moving|re-?scheduled|re-?scheduling|postponed|delayed|pushed|shifted|slipped|changed"
    r"|advanced|"
    r"brought forward|slid|reprogramad[oa]|aplazad[oa]|pospuest[oa])"
)
_MOVES = re.compile(rf"\b{_MOVE}\b", re.I)
_MOVED_FROM = re.compile(
    rf"\b{_MOVE}\b[^.;]{{0,100}}\b(?:from|de|del|desde|von|vom|du)(?: the| el| den)?\W*$",
    re.I,
)
_END_MOVED = re.compile(rf"\b(?:end|finish|completion|fin|ende)\b[^.;]{{0,30}}\b{_MOVE}\b", re.I)
_NEW = re.compile(
    rf"\bin force\b|\bnew(?:est)? (?:\w+ )?(?:date|time|window|schedule|start|end|finish|eta"
    rf"|completion|slot|plan)s?\b"
    rf"|\brevised\b"
    rf"|\bupdated (?:\w+ )?(?:window|time|date|schedule)s?\b|\bcorrect(?:ed|ion)\b|\b{_MOVE}\b"
    rf"|(?:\b(?:is|are|been|will)|[’']s) now\b"
    rf"|\bnow (?:be|scheduled|planned|set|start|begin|take|run"
    rf"|expected)"
    rf"|\binstead\b(?! of)|\bnuev[ao]\b|\bneue[srn]?\b|\bnouve(?:au|lle)\b|\bnov[ao]\b"
    rf"|\bwill (?:now|instead)\b|\bnow:",
    re.I,
)
_OLD = re.compile(
    r"\b(?:was|were|had been) (?:\w+ )?(?:scheduled|planned|set|supposed|due|to)\b"
    r"|\boriginal(?:ly)?\b|\bprevious(?:ly)?\b"
    r"|\bhad (?:you|it|this|us|them) down (?:for|as)\b|\bas (?:\w+ )?announced:"
    r"|\bI (?:first |had |mistakenly )?(?:wrote|said)\b"
    r"|\bformerly\b|\b(?:instead|in place) of\b|\brather than\b|\bnot on\b|\bnot at\b"
    r"|\bnot\W*$|\bno longer\b|\bold (?:\w+ )?"
    r"(?:date|time|window)s?\b|\b(?:first |earlier )?announced (?:on|for|earlier)\b|\bwas:"
    r"|\bprior (?:date|time|window)"
    r"|\banteriormente\b|\ben lugar de\b|\ben vez de\b|\bnot the\b",
    re.I,
)
_EXTENDED = re.compile(
    r"\bexten(?:d|ds|ded|ding|sion)\b|\bprolong\w*|\bampliad[oa]\b|\bextendid[oa]\b"
    r"|\bmore (?:hours|minutes|time)\b",
    re.I,
)
_DEAD = re.compile(
    r"[\s)\].,:;–—-]{0,8}\(?\s*(?:(?:this |it |that |which )?(?:did not|didn[’']t|will not"
    r"|won[’']t|does not)\s+"
    r"(?:take|happen|go|be held)|(?:has been |is |was )?(?:cancell?ed|withdrawn|superseded"
    r"|called off)|no longer|not in force|old\b)",
    re.I,
)
_TAIL_OTHERS = re.compile(
    r"[ ,)]{0,4}(?:on the (?:\w+ )?bridge|(?:on )?(?:the )?(?:\w+ )?(?:call|meeting|bridge"
    r"|briefing|training)\b|go/no|pre-?validation|validation\b"
    r"|(?:on )?(?:weekdays|business days|M-F\b)|mon(?:day)?\W{1,3}(?:to |through )?fri"
    r"|(?:for|with) (?:any )?(?:questions|validation|training|pre-?validation))",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Role:
    """What a time is for. `side`: start, end or None; `standing`: new, old, moved, extended.

    `told` says that its sentence names the work or the trouble; `ours` is False for meetings and
    the like; `label` that a label of a form stands before it, `strong` that a side was spelled out;
    `zone` is one that the label names; `opened` that something was opened or created then;
    `alone` that the time begins its sentence; `begun` that the lead says where it all began;
    `timed` that a label only says "time".
    """

    side: str | None = None
    standing: str | None = None
    ours: bool = True
    told: bool = False
    label: bool = False
    strong: bool = False
    zone: Zone | None = None
    opened: bool = False
    alone: bool = False
    begun: bool = False
    timed: bool = False


class Places(NamedTuple):
    """Where the time before a chain ends, and the date or time beside it; where the next begins."""

    previous: int
    beside: int
    following: int


def role_at(text: str, chain: Chain, places: Places, *, ahead: bool) -> Role:
    """The role of a chain. Only plans (`ahead`) are moved and replaced; a report tells what was."""
    previous, beside, following = places
    start, end = chain.start, chain.end
    lead, is_label = _lead(text, start, previous)
    tail = text[end : min(end + _TAIL, following)]
    after = _SENTENCE.split(tail, maxsplit=1)[0]
    is_cut = len(after) == following - end
    told = _last(TOLD, lead)
    others = _last_end(OTHERS, lead)
    ours = others < 0 or told >= others
    is_frame = is_label or len(lead.split()) < 2 or _is_frame(text, start)
    side, strong = _side(lead, is_frame)
    begins_line = "\n" in lead and not lead.rpartition("\n")[2].strip(_MARKS)
    if begins_line and (said := _tail_side(after, is_frame, is_cut=is_cut)):
        side, strong = said, True  # what its line says of it counts, not the line before
    is_begun = _BEGUN.search(text, start, end) is not None
    if (
        not strong
        and not is_label
        and not is_begun
        and (said := _tail_side(after, is_frame, is_cut=is_cut))
    ):
        side, strong = said, True
    is_onward = _FROM.search(lead) is not None and _ON.match(after) is not None
    if not strong and (is_onward or _ONWARD.match(after)):
        side, strong = "start", True  # "9:15 on, nobody gets in"
    if is_begun and not strong:
        side, strong = "start", True  # "Saturday, beginning at 9 PM"
    standing = _standing(lead[max(0, beside - start) :], tail) if ahead else None
    if standing == "new" and side == "end" and not strong and not _THROUGH.search(lead):
        side = "start"  # "moved to Friday": where it went, not where it ends
    if standing == "extended" and _END_MOVED.search(lead):
        side, strong = "end", True
    ours = (ours or is_onward) and not _TAIL_OTHERS.match(tail) and not _is_stamp(text, chain)
    ours = ours and not _WEEKLY.search(text, max(start - 12, 0), end)
    ours = ours and (len(chain.endpoints) > 1 or not _LENGTH.search(lead))
    is_told = told >= 0 or TOLD.search(after) is not None
    ours = ours and not (is_label and _are_numbers(chain) and not _TIMELY.search(lead))
    zone = _label_zone(lead) if is_label else None
    is_opened = side == "start" and _OPENED.search(lead.rpartition("\n")[2] or lead) is not None
    is_alone = not lead.strip(_MARKS) and bool(after.strip())
    return Role(
        side, standing, ours, is_told, is_label, strong, zone, is_opened, is_alone,
        begun=_FIRST.search(lead) is not None,
        timed=is_label and _TIMED.match(lead) is not None,
    )  # fmt: skip


def _are_numbers(chain: Chain) -> bool:
    """Whether a range is of bare digits only, which may count racks or ports."""
    return len(chain.endpoints) > 1 and all(
        isinstance(point.time, Clock) and point.time.hhmm and not point.dates and not point.zone
        for point in chain.endpoints
    )


def _is_stamp(text: str, chain: Chain) -> bool:
    """Whether a time only says when something was written, as chats and comments are headed.

    It stands on its line with a name or alone, below what was written or before its writer.
    """
    start, end = chain.start, chain.end
    if len(chain.endpoints) > 1 or chain.endpoints[0].time is None:
        return False
    begin = text.rfind("\n", 0, start) + 1
    name = text[begin:start].strip(" |>*[(\u2014-,")
    after = text[end : end + 40].partition("\n")[0]
    is_whole = bool(chain.endpoints[0].dates)
    if not name:
        if is_whole and _WRITER.match(after):
            return True
        before = text[max(begin - 90, 0) : begin].rstrip().rpartition("\n")[2]
        is_label = len(before.split()) <= 5 and not before.endswith((".", "!", "?"))
        is_label = is_label and bool(SIDES.search(before) or _NAMES_TIME.search(before))
        is_below = not (before.rstrip().endswith(":") or len(before.split()) == 1 or is_label)
        return is_whole and is_below and not after.strip(" )*|>") and begin > 0
    if after.strip(" ])|>*") and not after.startswith((":", "]")):
        return False
    if is_whole and not text[begin:start].rstrip().endswith(",") and not after.startswith(":"):
        return False
    if text[begin:start].endswith("(") and after.strip() == ")" and len(name.split()) <= 2:
        return True  # "Resolved (20:01 UTC)"
    is_name = len(name) <= 40 and ":" not in name and len(name.split()) <= 5
    return is_name and not SIDES.search(name) and not _NAMES_TIME.search(name) and "  " not in name


def _label_zone(label: str) -> Zone | None:
    """The zone of a label, "Start (IST)"."""
    found = _IN_BRACKETS.search(label) or _ZONE_LABEL.match(label)
    return zone_of(found[1].strip()) if found else None


def _last(pattern: re.Pattern[str], text: str) -> int:
    place = -1
    for found in pattern.finditer(text):
        place = found.start()
    return place


def _last_end(pattern: re.Pattern[str], text: str) -> int:
    place = -1
    for found in pattern.finditer(text):
        place = found.end()
    return place


def _is_frame(text: str, start: int) -> bool:
    """Whether a sentence speaks of a window, which opens and closes, not of a service."""
    around = text[max(start - 120, 0) : start]
    return FRAMES.search(_SENTENCE.split(around)[-1]) is not None


def _side(lead: str, is_frame: bool) -> tuple[str | None, bool]:
    if _SINCE_THEY.search(lead):
        return "start", True  # "since we unlocked the doors at"
    side = before = None
    place = 0
    # "was not completed and has been rescheduled to": what stands before the change is past.
    for found in SIDES.finditer(lead, max(_last(_MOVES, lead), 0)):
        is_near = found.start() - place < 60 and "\n" not in lead[place : found.start()]
        before, side = side if is_near else None, _meaning(found, is_frame)
        place = found.end()
    if side == "start" and before == "end" and SINCE.search(lead):
        side = "end"
    if side is None or SINCE.search(lead):
        is_up = re.search(r"\b(?:restored|back|resolved|up)\b[^.]{0,40}\bas of\W*$", lead, re.I)
        if is_up:
            return "end", True
    if side:
        return side, True
    if _WEAK_START.search(lead):
        return "start", False
    return ("end", False) if _WEAK_END.search(lead) else (None, False)


def _meaning(found: re.Match[str], is_frame: bool) -> str | None:
    """The side that a word tells: windows open and close, services close and open again."""
    kind = found.lastgroup
    if kind not in ("open", "close"):
        return kind
    return "start" if (kind == "open") == is_frame else "end"


def _tail_side(after: str, is_frame: bool, *, is_cut: bool) -> str | None:
    """The side told by what follows a time: "9:04 this morning, the page went blank"."""
    for found in SIDES.finditer(after):
        # What stands close before the next time tells of that one.
        rest = after[found.end() :]
        is_lead = LEADS.search(found.group()) or (is_cut and len(rest) < 25 and "\n" not in rest)
        if not is_lead:
            return _meaning(found, is_frame)
    return None


def _standing(lead: str, tail: str) -> str | None:
    if _DEAD.match(tail):
        return "old"
    if _EXTENDED.search(lead) or _END_MOVED.search(lead):
        return "extended"
    if _MOVED_FROM.search(lead):
        return "moved"
    new, old = _last(_NEW, lead), _last(_OLD, lead)
    if new < 0 and old < 0:
        return None
    return "new" if new > old else "old"


def _lead(text: str, start: int, previous: int) -> tuple[str, bool]:
    """The words that belong to the time at `start`, and whether they are a label."""
    lead = text[max(previous, start - _LEAD, 0) : start]
    cut = 0
    for found in _SENTENCE.finditer(lead):
        if lead[found.end() :].strip(_MARKS):
            cut = found.end()
    return _of_line(lead[cut:], is_rest=not cut and 0 < previous > start - _LEAD)


def _of_line(lead: str, *, is_rest: bool) -> tuple[str, bool]:
    lines = lead.split("\n")
    while len(lines) > 1 and not lines[-2].strip():
        del lines[-2]
    last = lines[-1]
    cell = _CELL.split(last.rstrip())[-1]
    if cell != last and _LABEL.match(cell) and cell.endswith((":", "：", "=")):
        return cell, True
    label = _LABEL.match(last)
    if label and len(last[label.end() :].split()) <= _LABELLED:
        return last, True
    if last.strip(_MARKS) or len(lines) == 1:
        return last if _ROW.match(last) else lead, False
    # The time begins its line: the line before is its label, or the sentence is wrapped.
    before = lines[-2].strip()
    if is_rest and len(lines) == 2:
        return lead, False  # the line before has a time of its own
    is_label = len(before) < 40 and (
        before.endswith(":") or (len(before.split()) <= 4 and not before.endswith(","))
    )
    return (before if is_label else lead), is_label
