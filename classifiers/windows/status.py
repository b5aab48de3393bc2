"""The status of a notice in the words of MAINTNOTE: from its subject, else its own statement.

Only what the notice says of itself counts, so the status is looked for where a notice says it:
in the subject, under a label, in its first lines; never in the standing text below, in a
condition ("once the maintenance is complete") or in what will be done. Planned work of which
nothing else is said is confirmed.
"""

import re

from classifiers.contract import Document, Event, WindowStatus

_HEAD = 700
_CANCELLED = (
    r"cancel(?:l?ed|s|lation)\b|canceling|cancelling|called off|withdrawn|aborted\b"
    r"|closed incomplete|(?:window|maintenance) deleted"
    r"|annul(?:ation|[ée]e?s?|lat[oaie]|lamento|ment)\b|abgesagt|absage\b|storniert|entfällt"
    r"|cancelad[oa]s?\b|cancela(?:ción|cion|mento)\b|geannuleerd|annulering|inställ[dt]a?\b"
    r"|avlyst|aflyst|odwołan|zrušen|отмен|iptal\b|peruutettu|中止|キャンセル|취소|取消"
)
_COMPLETED = (
    r"complete[d]?\b|completion\b|finished\b|concluded\b|abgeschlossen|beendet\b"
    r"|terminée?s?\b|achevée?s?\b|completad[oa]s?\b|finali[sz]ad[oa]s?\b|conclu[ií]d[oa]s?\b"
    r"|completat[oaie]\b|conclus[oaie]\b|afgerond|voltooid|zakończon|dokončen|завершен|avslutat?d?e?\b"
    r"|avsluttet|afsluttet|tamamland|päättynyt|完了"
)
_PROCESS = (
    r"in[- ]pro(?:gress|cess)\b|under ?way\b|ongoing\b|en curso\b|en cours\b|in corso\b"
    r"|em andamento\b|läuft (?:derzeit|gerade|aktuell)|pågår\b"
)
_BEGUN = (
    r"(?:has|have) (?:now |just )?(?:begun|started|commenced)\b|(?:is|are) now (?:starting|being)\b"
    r"|starting now\b"
    r"|currently (?:performing|undergoing|being)\b|hat begonnen|haben begonnen|wurde gestartet"
    r"|a (?:débuté|commencé)|ha (?:comenzado|iniciado|empezado)"
)
_MOVED_NOUNS = (
    r"re-?scheduled\b|change of (?:date|time|schedule)s?\b|reason for (?:the )?re-?sched\w+"
    r"|new (?:date|time|window|schedule)s?\b"
    r"|(?:alternate|alternative) (?:night|date|window)"
    r"|(?:revised|changed|amended|updated) (?:date|time|window|schedule)s?\b"
    r"|(?:date|time|window|schedule)s? (?:change[ds]?|update[ds]?|(?:was|were|has been|have been)"
    r" (?:revised|changed|amended))\b"
    r"|exten(?:ded|sion)\b|planned dates updated|now in force\b"
    r"|reprogramad|reprogramaci[oó]n|aplazad|pospuest|reagendad|remarcad|adiad[oa]\b|verschoben"
    r"|verschiebung|verlegt\b|neuer termin|reporté|décalé|replanifi|rinviat|riprogrammat|verplaatst"
    r"|uitgesteld|przełożon|přesunut|перенес|flyttad|flyttet|ertelen|siirretty|延期|日程変更|변경"
)
_MOVED = r"moved|postponed|delayed|pushed|shifted|brought forward|slipped"
_TENTATIVE = (
    r"tentativ\w*|proposed\b|pending approval|to be confirmed\b|not yet (?:approved|confirmed)"
    r"|provisional\w*|provisoire|provisorisch|vorläufig\w*"
    r"|subject to (?:approval|change|confirmation)"
)
_NOT = r"(?<!not )(?<!n't )(?<!n’t )(?<!be )(?<!un)(?<!not been )"
_IS = (
    r"(?:is|are|was|were|been|being|now|successfully|unfortunately|hereby|ist|sind|wurden?|werden"
    r"|est|sont|été|es|está|ha sido|fue|foi|è|stat[oai]|zijn|werd|har)"
)
_Words = tuple[tuple[WindowStatus, re.Pattern[str]], ...]
_ALL: _Words = (
    ("CANCELLED", re.compile(rf"{_NOT}\b(?:{_CANCELLED})", re.I)),
    ("COMPLETED", re.compile(
        rf"{_NOT}(?<!approval )\b(?:{_COMPLETED})(?! by)|\bcompleta?\b\s*[-:]"
        r"|\bover(?=\W*$)|\bclosed\b", re.I)),
    ("RE-SCHEDULED", re.compile(
        rf"\bre-?sched\w+|\b(?:{_MOVED_NOUNS})"
        rf"|(?<!will be )(?<!to be )\b(?:{_MOVED})\b(?! (?:files|data))", re.I)),
    ("TENTATIVE", re.compile(rf"\b(?:{_TENTATIVE})", re.I)),
    ("IN-PROCESS", re.compile(
        rf"\b(?:{_PROCESS})|\b(?:{_BEGUN})|\b(?:started|commenced|begun)\b(?! at\b)"
        r"|\bstart(?= maint)|\bmaintenance starting\b"
        r"|\bmaintenance (?:begin|start)s?\b(?=\W{0,20}(?:$|[A-Z]+\d))", re.I)),
)  # fmt: skip
#: The same in prose, where a word alone says little.
_SAID: _Words = (
    ("CANCELLED", re.compile(
        rf"\b{_IS} (?:now |been |hereby |leider |être )?(?:{_CANCELLED})"
        r"|(?:\bwill (?:not|no longer)|\bwo(?:n't|n’t|nt)) (?:now )?(?:take place|go ahead"
        r"|proceed|happen\b"
        r"|be (?:performed|carried out|held|happening|going ahead|taking place|proceeding))"
        r"|\b(?:is|are) not (?:going ahead|taking place|happening)\b|\bno work will take place\b"
        r"|\bentf(?:ällt|allen)\b|\b(?:work|maintenance|window|outage) is off\b"
        r"|\bha(?:ve|d) to cancel\b|\bhave decided to cancel\b"
        r"|^\W{0,20}(?:planned |scheduled )?(?:\w+ ){0,2}cancel(?:led|ed|lation)\W{0,20}$",
        re.I | re.M)),
    ("COMPLETED", re.compile(
        rf"{_NOT}\b{_IS} (?:now |been |successfully |erfolgreich ){{0,3}}(?:{_COMPLETED})"
        r"(?! (?:by|before)\b)"
        r"|^\W{0,20}(?:\w+ ){0,3}completed?\W{0,20}$"
        r"|\bhave (?:now |successfully )?(?:completed|finished)\b",
        re.I | re.M)),
    ("IN-PROCESS", re.compile(
        rf"\b(?:{_PROCESS})|\b(?:{_BEGUN})|\bstarted:|^\W{{0,20}}(?:\w+ )?maintenance started\b",
        re.I | re.M)),
    ("RE-SCHEDULED", re.compile(
        rf"(?<!be )\b(?:{_MOVED_NOUNS})|(?<!will be )(?<!to be )(?<!can be )\b(?:{_MOVED})\b"
        r"(?! (?:files|data))", re.I)),
    _ALL[3],
)  # fmt: skip
_EXTENDED = re.compile(r"\bexten(?:ded|sion)\b", re.I)
_OFF = re.compile(
    r"\b(?:postponed|delayed|aplazad|pospuest|adiad|verschoben|reporté)[\s\S]{0,150}?"
    r"\b(?:until further notice|new (?:date|notice|schedule|window|time)[^.\n]{0,40}"
    r"\b(?:follow|announced|communicated|advised|tb[ad]|once|later|sent|provided|confirmed|determined)"
    r"|no new date)",
    re.I,
)
_LABEL = re.compile(
    r"^[\W_]{0,6}(?:[a-z]{1,14}[ ]){0,2}(?:status|state|stato|estado|état|zustand)[\W_]{0,3}"
    r"[ \t]{0,30}(?:[:|=;]|\t|[ ]{2}|\n)[\s*|]{0,30}(?P<value>[^\n|]{2,40})",
    re.I | re.M,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*\n")
_CONDITION = re.compile(
    r"\b(?:once|when|after|until|if|as soon as|while|during|should|sobald|wenn|falls|nach|lorsque"
    r"|cuando|una vez|quando|may be|might be|can be|could be|wish to"
    r"|please (?!note|be|find))\b",
    re.I,
)
#: What names planned work, in lower case.
_PLANNED = (
    "maintenance", "planned ", "scheduled ", "authorized service", "authorised service",
    "emergency work", "emergency change", "urgent work", "engineering work", "preventive ",
    "service interruption", "pew notif", "mop #", "mop 2", "downtime", "patch", "upgrade",
    "wartung", "geplante", "travaux", "opération programmée", "mantenimiento", "trabajo programado",
    "trabajos programados", "manutenção", "manutencao", "trabalhos programados", "manutenzione",
    "lavori programmati", "onderhoud", "werkzaamheden", "prace planowe", "pracach planowych",
    "planowan", "планов", "plánovan", "pläner", "planerat", "planlagt", "planlı", "bakım",
    "huoltotyö", "メンテナンス", "작업", "維護", "维护",
)  # fmt: skip
_CHANGE = re.compile(
    r"\brelease|\bdeploy|\bupgrade|\bwindow\b|\bchange\b|\bchg|\bplanned|\bpatch", re.I
)


def is_planned(head: str) -> bool:
    """Whether a subject with the first lines below names planned work; a sensor's field is none."""
    folded = head.lower().replace("downtime:", "")
    return any(word in folded for word in _PLANNED)


def status_of(document: Document, event: Event) -> WindowStatus | None:
    """The status that a notice tells; None of what is no planned work."""
    if event == "cancelled":
        return "CANCELLED"
    if event == "resolved":
        head = f"{document.subject}\n{head_of(document)}"
        return "COMPLETED" if is_planned(head) or _CHANGE.search(head) else None
    if event != "maintenance":
        return None
    said = told(document)
    return "CONFIRMED" if said in (None, "CANCELLED", "COMPLETED") else said


def told(document: Document) -> WindowStatus | None:
    """What a notice of planned work says of itself, None where it says nothing."""
    subject, body = document.subject[:300], head_of(document)
    if _OFF.search(f"{subject}\n{body}"):
        return "CANCELLED"
    labels = [found["value"] for found in _LABEL.finditer(document.text[:4000])][:3]
    if _EXTENDED.search(subject) and _SAID[2][1].search(body):
        return "IN-PROCESS"
    for text, words in ((subject, _ALL), *((label, _ALL) for label in labels), (body, _SAID)):
        if status := _first(text, words):
            return status
    return None


def told_by(subject: str) -> WindowStatus | None:
    """What a subject alone says."""
    return _first(subject[:300], _ALL)


def _first(text: str, words: _Words) -> WindowStatus | None:
    kept = " . ".join(part for part in _SENTENCE.split(text) if not _CONDITION.search(part))
    return next((status for status, pattern in words if pattern.search(kept)), None)


def head_of(document: Document) -> str:
    """The first lines of what was newly written, else of what was passed on."""
    own = document.reply_text.strip() or document.forwarded_text.strip() or document.text
    return own[:_HEAD]
