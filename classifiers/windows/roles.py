"""What the words around a time say of it: a start, an end, the new one, the old one, none of ours.

The nearest word wins. A meeting, a call, the next update, a due date or a form's stamp makes a
time none of ours unless the trouble or the work is named between that word and the time.
"""

import re
from dataclasses import dataclass

_LEAD = 260
_MARKS = " \n\t*•-([>|"
_TAIL = 120

_SENTENCE = re.compile(
    r"(?<![ap]\.m)(?<!\bapprox)(?<!\b(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed"
    r"|thu|fri|sat|sun|est))\.(?:\s|$)|[!?;]\s|\n[ \t]*\n|\.\n",
    re.I,
)
_LABEL = re.compile(r"[\W_]{0,6}[^\W\d_][\w &/()#'’-]{0,44}[:：]")

_OTHERS = re.compile(
    r"\bnext (?:update|communication|report|notice|status|mail|message|check)|\bupdates? (?:by"
    r"|at|every)\b"
    r"|\b(?:update|updated|revised|posted|printed|generated|issued|created|received|submitted"
    r"|sent)"
    r"(?: (?:on|at|by))?:?\s*$"
    r"|\b(?:submitted|received|posted|published|printed|created|modified|last (?:updated|seen"
    r"|checked|success))\b"
    r"|\b(?:bridge|briefing|training|webinar|town hall|rehearsal|interview|appointment"
    r"|workshop)s?\b"
    r"|\b(?:conference|status|planning|partner|coordination|prep|kick-?off|debrief"
    r"|daily) calls?\b"
    r"|\bcalls? (?:is|at|on|will|starts|begins|opens)\b|\bcall:|\bmeet(?:ing|ings|s)?\b"
    r"|\bdial[- ]?in|\bwebex\b|\bzoom\b"
    r"|\bgo\s?/\s?no[- ]?go|\bpre-?(?:validation|check|test)\w*|\bvalidation\b"
    r"|\bsmoke[- ]test\w*|\bcheck-?out\b"
    r"|\bdue\b|\bdeadline\b|\bcob\b|\brsvp\b|\b(?:respond|reply|replies|answer|confirm"
    r"|objections?) (?:by|before|to)\b"
    r"|\b(?:tried|attempt(?:ed|s)?|trying|i called|called (?:us|in|at|the)|spoke|hung up"
    r"|logged (?:in|on)|signed in)\b"
    r"|\b(?:office|business|call center|support|operating) hours\b|\bhours:|\bhotline\b"
    r"|\bhelp ?desk\b|\bopen (?:from|mon)"
    r"|\bquestions?\b|\bcontact\b|\bcustomer by\b|\bsave (?:your|all)\b|\b(?:log|sign) (?:off"
    r"|out)\b"
    r"|\bfreeze\b|\bbirth\b|\bdob\b|\bexpir\w+|\bassigned\b|\backnowledged\b|\bescalated\b"
    r"|\bwatched\b"
    r"|\bnot later than\b(?= .*reply)|\bpreview\b|\bcompar\w+|\breview\b|\bdrill\b"
    r"|\bpayment run\b|\bticket (?:opened|created)"
    r"|\bpr[óo]xim[ao] (?:aviso|actualizaci[óo]n|mensaje)|\breuni[óo]n\b|\bllamada\b"
    r"|\brecibid[oa]\b|\benviad[oa]\b",
    re.I,
)
_TOLD = re.compile(
    r"unavailab|\bdown\b|\boutage|\boffline|out of service|maintenance|\bwindow\b|downtime"
    r"|\bdeploy"
    r"|\bupgrade|\bpatch|\binterrupt|\bdisrupt|inaccessib|not (?:be )?(?:available|accessible"
    r"|reachable|work)"
    r"|read[-‐ ]?only|\bwhen\b|\bdate\b|\btime\b|\bschedul|\bimpact|take place|\boccur"
    r"|\bcut-?over"
    r"|\bmigrat|\breboot|\brestart|\bfail-?over|\bwill (?:begin|start|be)|\brelease\b|\bperform"
    r"|\bplanned"
    r"|fuera de servicio|mantenimiento|no (?:estar|funcion)|ca[ií]d[oa]|\bfail|\berror|\bdegrad"
    r"|\bslow"
    r"|\bfault\b|\bcannot\b|\bcan[’']?t\b|\bunable\b|\bstopped\b|\bwent\b|\bcrash|\balert"
    r"|\btrigger|\bincident|\bdropp"
    r"|\bhorario\b|\bfecha\b|\bhora\b|\bcu[áa]ndo\b",
    re.I,
)
_SIDES = re.compile(
    r"(?P<end>\b(?:up since|back (?:up|online|in|to|at|by)|up again|(?:open\w*|available|up"
    r"|running|working) (?:\w+ ){0,4}again"
    r"|ends?\b|ended\b|ending\b|finish\w*|complet\w+|restor\w+|resolv\w+|recover\w+|re-?open\w*"
    r"|until\b|till?\b|til\b"
    r"|conclu\w+|terminat\w+|no later than|nlt\b|cleared\b|close[sd]?\b|stops?\b(?! work)"
    r"|fixed\b|repaired\b|mitigated\b|again (?:at|by|from|after)\b|returned\b|is over"
    r"|normal (?:service|operation)\w*"
    r"|up at|out by|hasta\b|fin\b|final\b|finali[zc]\w+|termin[aóo]\w*|restablec\w+"
    r"|estimated (?:up|restor\w+)|etr\b))"
    r"|(?P<start>\b(?:start\w*|beg[aiu]n\w*|commenc\w+|since\b|effective\b|onset\b"
    r"|initial (?:impact|outage)|opened (?:on|at)"
    r"|trigger\w*|detected\b|opens\b|first (?:seen|noticed|observed)|down (?:at|since|from)"
    r"|went (?:down"
    r"|out|off\w*|dark)"
    r"|(?:took|taken|take|brought|shut) (?:\w+ ){0,6}?(?:down|offline)|occurr?(?:ed|s)?\b"
    r"|happened\b|fired\b|alarm(?:ed)?\b"
    r"|timestamp\b|desde\b|inici\w+|empez\w+|comenz\w+|comienz\w+|partir\b|stopped\b|failed\b"
    r"|crashed\b))",
    re.I,
)
_WEAK_START = re.compile(
    r"\b(?:from|as of|since|after|@|at)\W*(?:about|around|approximately|~)?\W*$",
    re.I,
)
_WEAK_END = re.compile(
    r"\b(?:to|by|through|thru|hasta)\W*(?:about|around|approximately|~)?\W*$",
    re.I,
)

_MOVE = (
    r"(?:moved|re-?scheduled|re-?scheduling|postponed|delayed|pushed|shifted|slipped|changed"
    r"|advanced|"
    r"brought forward|slid|reprogramad[oa]|aplazad[oa]|pospuest[oa])"
)
_MOVES = re.compile(rf"\b{_MOVE}\b", re.I)
_MOVED_FROM = re.compile(
    rf"\b{_MOVE}\b[^.;]{{0,100}}\b(?:from|de|del|desde)\W*$",
    re.I,
)
_NEW = re.compile(
    rf"\bin force\b|\bnew(?:est)? (?:\w+ )?(?:date|time|window|schedule|start|end|slot|plan)s?\b"
    rf"|\brevised\b"
    rf"|\bupdated (?:\w+ )?(?:window|time|date|schedule)s?\b|\bcorrect(?:ed|ion)\b|\b{_MOVE}\b"
    rf"|\b(?:is|are|been|will) now\b|\bnow (?:be|scheduled|planned|set|start|begin|take|run"
    rf"|expected)"
    rf"|\binstead\b(?! of)|\bnuev[ao]\b|\bwill (?:now|instead)\b|\bnow:",
    re.I,
)
_OLD = re.compile(
    r"\b(?:was|were|had been) (?:\w+ )?(?:scheduled|planned|set|supposed|due|to)\b"
    r"|\boriginal(?:ly)?\b|\bprevious(?:ly)?\b"
    r"|\bformerly\b|\b(?:instead|in place) of\b|\brather than\b|\bnot on\b|\bnot at\b"
    r"|\bno longer\b|\bold (?:\w+ )?"
    r"(?:date|time|window)s?\b|\b(?:first |earlier )?announced (?:on|for|earlier)\b|\bwas:"
    r"|\bprior (?:date|time|window)"
    r"|\banteriormente\b|\ben lugar de\b|\ben vez de\b|\bnot the\b",
    re.I,
)
_EXTENDED = re.compile(
    r"\bexten(?:d|ds|ded|ding|sion)\b|\bprolong\w*|\bampliad[oa]\b|\bextendid[oa]\b",
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
    r"[\s,)]{0,4}(?:on the (?:\w+ )?bridge|(?:on )?(?:the )?(?:\w+ )?(?:call|meeting|bridge"
    r"|briefing|training)\b|go/no|pre-?validation|validation\b"
    r"|for (?:questions|validation|training|pre-?validation))",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Role:
    """What a time is for. `side`: start, end or None; `standing`: new, old, moved, extended.

    `told` says that its sentence names the work or the trouble; `ours` is False for meetings and
    the like; `label` that a label of a form stands before it, `strong` that a side was spelled out.
    """

    side: str | None = None
    standing: str | None = None
    ours: bool = True
    told: bool = False
    label: bool = False
    strong: bool = False


def role_at(text: str, start: int, end: int, previous: int) -> Role:
    """The role of the time at `start` to `end`; `previous` is where the time before it ended."""
    lead, is_label = _lead(text, start, previous)
    tail = text[end : end + _TAIL]
    told = _last(_TOLD, lead)
    others = _last(_OTHERS, lead)
    ours = others < 0 or told > others
    side, strong = _side(lead)
    standing = _standing(lead, tail)
    if standing == "new" and side == "end" and not strong:
        side = "start"  # "moved to Friday": where it went, not where it ends
    ours = ours and not _TAIL_OTHERS.match(tail)
    is_told = told >= 0 or _TOLD.search(_SENTENCE.split(tail, maxsplit=1)[0]) is not None
    return Role(side, standing, ours, is_told, is_label, strong)


def _last(pattern: re.Pattern[str], text: str) -> int:
    place = -1
    for found in pattern.finditer(text):
        place = found.start()
    return place


def _side(lead: str) -> tuple[str | None, bool]:
    side = None
    # "was not completed and has been rescheduled to": what stands before the change is past.
    for found in _SIDES.finditer(lead, max(_last(_MOVES, lead), 0)):
        side = found.lastgroup
    if side == "start" and re.search(
        r"\b(?:restored|back|resolved|up)\b[^.]{0,40}\bas of\W*$", lead, re.I
    ):
        return "end", True
    if side:
        return side, True
    if _WEAK_START.search(lead):
        return "start", False
    return ("end", False) if _WEAK_END.search(lead) else (None, False)


def _standing(lead: str, tail: str) -> str | None:
    if _DEAD.match(tail):
        return "old"
    if _EXTENDED.search(lead):
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
    return _of_line(lead[cut:])


def _of_line(lead: str) -> tuple[str, bool]:
    lines = lead.split("\n")
    while len(lines) > 1 and not lines[-2].strip():
        del lines[-2]
    last = lines[-1]
    if _LABEL.match(last):
        return last, True
    if last.strip(_MARKS) or len(lines) == 1:
        return lead, False
    # The time begins its line: the line before is its label, or the sentence is wrapped.
    before = lines[-2].strip()
    is_label = len(before) < 40 and (before.endswith(":") or len(before.split()) <= 4)
    return (before if is_label else lead), is_label
