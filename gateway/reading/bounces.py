"""Delivery reports: who was not reached, for good or for now, and which message it was.

RFC 3464 reports are read from their parts. Reports of success, relay and expansion are no
bounces. Home-made forms (qmail, Exim, Exchange, sendmail, Gmail and many more) are known by who
sent them and what they say, and their addresses read from the text above the returned message.
A delay, a full mailbox and a 4.x.x status are soft, all else is hard.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message

from gateway.model import BounceKind
from gateway.reading import charsets, encoded_words, headers, mime

MAX_RECIPIENTS = 100
MAX_SCANNED = 30_000


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report. `kind` is None for one of success; `failed` are bare addresses."""

    kind: BounceKind | None
    failed: tuple[str, ...] = ()
    returned_message_id: str | None = None


_FAILED_ACTIONS = {"failed", "failure", "undeliverable", "delayed", "delay"}
_SENDER = re.compile(
    r"^(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mailerdaemon|bounces?|mdaemon"
    r"|microsoftexchange\w*"
    r"|mail[-_]?deliver\w*|mailsystem|mail-system|double-bounce|ndr|smtp-?daemon)(?:[+@.-]|$)",
    re.I,
)
_SUBJECT = re.compile(
    r"failure notice|undeliver(?:ed|able|y)|delivery (?:status|failure|failed|has failed|problem"
    r"|report|error|unsuccessful|delayed|warning)"
    r"|(?:mail|message) (?:delivery|could not|not delivered|delayed|undeliver|status"
    r"|system error)|returned (?:mail|to sender|e-?mail|message)"
    r"|(?:mail|message|delivery) (?:failed|failure)|non[- ]?deliver|could not be delivered"
    r"|nondeliverable|warning: (?:message|could not send)"
    r"|no se (?:puede|pudo|ha podido) entregar|no entregado|mensaje devuelto|correo (?:devuelto"
    r"|no entregado)|error de entrega"
    r"|unzustellbar|nicht zustellbar|nicht zugestellt|zustellung|mailzustellung|rückläufer"
    r"|non remis|échec de (?:la )?remise|non distribu"
    r"|mancato recapito|impossibile (?:recapitare|consegnare)|não (?:entregue|foi possível)"
    r"|falha na entrega|onbestelbaar|niet bezorgd"
    r"|nie ?doręczon|nedoručiteln|недостав|не доставлен|невозможно доставить|ошибка доставки"
    r"|配信(?:でき|不能|エラー)|送信エラー|退信|無法(?:傳遞|投遞)|user unknown",
    re.I,
)
_TEXT = re.compile(
    r"this is the qmail-send program|message that you sent could not be delivered"
    r"|following address(?:es)?(?:\(es\))? (?:had|failed)"
    r"|delivery (?:has failed|to the following recipients? (?:failed|has been delayed"
    r"|was aborted))|did not reach the following recipient"
    r"|could not be delivered to|wasn.t delivered to|permanent (?:fatal )?error"
    r"|address (?:couldn.t be|not) found|could not deliver (?:your|the) (?:mail|message)"
    r"|undeliverable|unable to deliver|was not delivered to|returned to (?:you|sender)"
    r"|user(?: is)? unknown|no such (?:user|recipient|mailbox)"
    r"|mailbox (?:is )?(?:full|unavailable|not found)|recipient (?:address )?(?:rejected|unknown"
    r"|not found)|over quota|unrouteable address"
    r"|no se (?:pudo|puede|ha podido) entregar|konnte nicht zugestellt|n.a pas pu être (?:remis"
    r"|distribu)|не (?:может|могло|было|удалось)[^\n]{0,40}достав",
    re.I,
)
_DELAY = re.compile(
    r"delay(?:ed)?\b|has not yet been delivered|will (?:be )?(?:re-?tr(?:y|ied)|keep trying"
    r"|continue)|still (?:being|trying)|warning: (?:message|could not send)"
    r"|not yet delivered|temporar(?:y|ily) (?:failure|problem|unable|error)|no action is required"
    r"|do not need to resend|verzögert|retardé|retrasado",
    re.I,
)
_FINAL = re.compile(r"permanent|giv(?:en|ing) up|fatal|\b5\d\d[ -]|\b5\.\d{1,3}\.\d{1,3}\b", re.I)
_FULL = re.compile(
    r"\b[45]\.2\.2\b|over ?quota|quota exceeded|mailbox (?:is )?full|insufficient (?:disk|storage)",
    re.I,
)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_RETURNED_BEGINS = re.compile(
    r"^(?:[-= ]{2,}.{0,30}(?:returned|original|copy|below|unsent|undelivered|headers?)[^\n]{0,60}"
    r"|--- ?(?:below this line|enclosed|original|the header)[^\n]{0,80}"
    r"|(?:return-path|received|x-[a-z-]{2,30}|dkim-signature): [^\n]{1,500}"
    r"|message-id: <[^\n]{1,300})$",
    re.I | re.M,
)
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
)
_TEXT_ID = re.compile(r"^\s{0,4}message-id:\s{0,4}<([^<>\s]{3,300})>", re.I | re.M)
_NOT_RECIPIENT = re.compile(
    r"(?:from|sender|return-path|by|postmaster|contact|administrator|reply-to|mailto"
    r"|message[- ]id|received|x-[a-z-]+)"
    r"\W{0,3}(?:is |at )?\W{0,3}$",
    re.I,
)


def read(
    parsed: mime.Parsed,
    fields: Mapping[str, str],
    text: str,
    reports: tuple[Message, ...],
    attached: tuple[Message, ...],
) -> Report | None:
    """The delivery report that the message is, or None.

    `fields` are lower-case names and decoded bodies, `text` the readable text, `reports` and
    `attached` the report parts and messages found in it.
    """
    returned = _returned_id(reports, attached, text)
    groups = [g for part in reports if mime.content_type(part) == "message/delivery-status"
              for g in mime.children(part)]  # fmt: skip
    if groups:
        found = _from_groups(groups, text)
        if found is not None:
            kind, failed = found
            return Report(kind, failed or _from_text(text, fields), returned)
    kind_said = (mime.parameter(parsed.message, "report-type") or "").lower()
    if kind_said and kind_said != "delivery-status":
        return None
    if not _is_home_made(fields, text, kind_said):
        return None
    failed = tuple(_addresses(fields.get("x-failed-recipients", ""))) or _from_text(text, fields)
    if not failed and attached:
        to = headers.addresses(mime.of(attached[0]), "to")
        failed = (to[0].address,) if len(to) == 1 else ()
    return Report(_kind(text, fields.get("subject", "")), failed, returned)


# --- RFC 3464 -----------------------------------------------------------------------------


def _from_groups(
    groups: list[Message], text: str
) -> tuple[BounceKind | None, tuple[str, ...]] | None:
    """Kind and failed recipients of the per-recipient groups; None where there are none."""
    failed: list[str] = []
    kinds: set[BounceKind | None] = set()
    for group in groups:
        action = encoded_words.plain(group.get("action", "")).lower().split(" ", 1)[0].strip(";,")
        status = _STATUS.search(encoded_words.plain(group.get("status", "")))
        recipient = group.get("original-recipient") or group.get("final-recipient")
        if not (action or status) or not (recipient or status):
            continue
        if action not in _FAILED_ACTIONS and not (not action and status and status[1] in "45"):
            kinds.add(None)
            continue
        diagnosis = encoded_words.plain(group.get("diagnostic-code", ""))
        failed += _recipient(group)
        kinds.add(_group_kind(action, status, diagnosis + " " + text[:2000]))
    if not kinds:
        return None
    kind: BounceKind | None = "hard" if "hard" in kinds else "soft" if "soft" in kinds else None
    return kind, tuple(dict.fromkeys(failed))[:MAX_RECIPIENTS]


def _group_kind(action: str, status: re.Match[str] | None, diagnosis: str) -> BounceKind:
    if action.startswith("delay") or (status and status[1] == "4"):
        return "soft"
    if status and (status[2], status[3]) == ("2", "2"):
        return "soft"
    return "soft" if _FULL.search(diagnosis) else "hard"


def _recipient(group: Message) -> list[str]:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = encoded_words.plain(group.get(name, ""))
        kind, separator, rest = value.partition(";")
        found = _addresses(rest if separator else value)
        if found:
            return found[:1]
        if separator and rest.strip() and kind.strip().lower() in {"rfc822", "local", "x-local"}:
            return [charsets.clean(rest).strip().strip("<>")[:320]]
    return []


# --- home-made reports ----------------------------------------------------------------------


def _is_home_made(fields: Mapping[str, str], text: str, kind_said: str) -> bool:
    sender = next(iter(_addresses(fields.get("from", ""))), fields.get("from", "")).strip()
    subject = fields.get("subject", "")
    if re.match(r"\s*(?:re|fwd?|aw)\s*:", subject, re.I):
        return False  # people answer and pass on bounces
    if "x-failed-recipients" in fields:
        return True
    from_machine = (
        _SENDER.match(sender) is not None
        or fields.get("return-path", "").strip() == "<>"
        or "mailer-daemon" in fields.get("from", "").lower()
    )
    if not from_machine and kind_said != "delivery-status":
        return False
    return _SUBJECT.search(subject) is not None or _TEXT.search(text[:4000]) is not None


def _kind(text: str, subject: str) -> BounceKind:
    head = subject + "\n" + _report_part(text)
    if _FULL.search(head):
        return "soft"
    status = _STATUS.search(head)
    if _DELAY.search(head) and not _FINAL.search(head):
        return "soft"
    return "soft" if status and status[1] == "4" and not _FINAL.search(head) else "hard"


def _report_part(text: str) -> str:
    """What the mail system says, without the message it returns."""
    head = text[:MAX_SCANNED]
    cut = _RETURNED_BEGINS.search(head, 1)
    return head[: cut.start()] if cut and _ADDRESS.search(head[: cut.start()]) else head[:6000]


def _from_text(text: str, fields: Mapping[str, str]) -> tuple[str, ...]:
    ours = {a.lower() for name in ("from", "to", "reply-to", "return-path")
            for a in _addresses(fields.get(name, ""))}  # fmt: skip
    found: list[str] = []
    said = _report_part(text)
    for match in _ADDRESS.finditer(said):
        before = said[max(0, match.start() - 30) : match.start()].rsplit("\n", 1)[-1]
        if (
            match[0].lower() not in ours
            and not _NOT_RECIPIENT.search(before)
            and (not _SENDER.match(match[0]))
        ):
            found.append(_bare(match[0]))
        if len(found) > 4 * MAX_RECIPIENTS:
            break
    return tuple({address.lower(): address for address in reversed(found)}.values())[::-1][
        :MAX_RECIPIENTS
    ]


def _addresses(value: str) -> list[str]:
    return [_bare(found) for found in _ADDRESS.findall(value[: encoded_words.LIMIT])]


def _bare(address: str) -> str:
    local, _, domain = address.strip("'.").rpartition("@")
    return f"{local}@{domain.lower()}"


def _returned_id(
    reports: tuple[Message, ...], attached: tuple[Message, ...], text: str
) -> str | None:
    for message in attached:
        found = headers.message_id(message.get("message-id"))
        if found:
            return found
    for part in reports:
        if mime.content_type(part).endswith("rfc822-headers"):
            match = _TEXT_ID.search(charsets.decode(mime.data(part))[0][:MAX_SCANNED])
            if match:
                return match[1]
    match = _TEXT_ID.search(text[:MAX_SCANNED])
    return match[1] if match else None
