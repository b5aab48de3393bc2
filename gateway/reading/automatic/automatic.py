"""Whether a message must never be answered, and which kind of machine wrote it.

What says it outright comes first: the form of a report, RFC 3834 and the fields that only
machines set. Then what machines that set none are known by: addresses that nobody reads,
subjects that mail programs write, stock sentences. Of those, one that a person might write too
needs a second beside it: people announce their holidays, thank for mail and pass answers of
machines on. `Auto-Submitted: no` and a reply address of a person outweigh these weak signs.
List and bulk mail is never answered either, whoever wrote it, but has no kind of its own; nor
has that of a person whose mail program asks for no automatic answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.model import Address, AutoKind
from gateway.reading.automatic import auto_marks as marks
from gateway.reading.automatic import auto_notices as notices
from gateway.reading.automatic.autoresponders import (
    HEAD,
    Said,
    asks_for_proof,
    begins,
    calls_itself_automatic,
    has_automatic_line,
    is_ack,
    is_away,
    is_challenge,
    is_newsletter,
    is_outlook_away,
    reply_kind,
    sounds_like_reply,
    titled_as_reply,
)
from gateway.reading.structure import mime
from gateway.reading.text import body

# Of a folded subject without what stands before its first letter.
_NOTICE_SUBJECT = re.compile(
    r"^(?:cron <\S{1,100}> |logwatch for |anacron job '|svn commit:|cvs commit:|r\d{3,8} - "
    r"|(?:problem|recovery|acknowledgement|flapping\w{0,6}) (?:service|host) alert: "
    r"|apt-listchanges: |build failed in \w{3,30}: "
    r"|(?:build|pipeline|job) #?\d+ (?:has |was )?(?:fail|fix|brok|succe|pass)"
    r"|(?:failed|fixed|successful|passed|broken|still failing|errored): [\w./-]{1,80}#\d"
    r"|jira\] [\[(]|bug \d{1,8}\] new: |security information for \S{1,80}$"
    r"|(?:daily|weekly|nightly) (?:run|security) output for|smart error \(|output from your job "
    r"|degradedarray event|fail event on /dev|test mail sent by )"
    r"|\bdaily (?:insecurity |security )?(?:run )?output$|\d\d:\d\d system events$",
)
_LIST_NOTICE = re.compile(
    r"mailing list memberships reminder|^(?:your )?confirm(?:ation)? [0-9a-f]{20}"
    r"|your (?:message|post|posting) (?:to|has been|awaits)[^\n]{0,80}(?:moderator|approval)"
    r"|your confirmation is required to (?:join|leave)|^\d+ [^\n]{1,60} moderator request"
    r"|^welcome to the \"?[^\n]{1,60} mailing list|admin(?:istrative)? request\(s\)"
    r"|^you have been (?:un)?subscribed (?:to|from)|command confirmation request"
    r"|^(?:subscribe|unsubscribe|confirm) [^\n]{0,60}\b[0-9a-f]{32}"
    r"|^(?:majordomo|listserv|mailman|sympa) (?:results|response|command)"
    r"|auto-discard notification|bounce action notification"
    r"|message for \S{1,80} (?:needs|requires) appro",
)
_REPORT_SUBJECT = re.compile(
    r"(?:^|\] |: ?)report domain:|^tls[- ]report|^dmarc (?:digest|weekly|report)"
    r"|dmarc (?:aggregate|summary|forensic|failure|xml)? ?report",
)
_REPORT_FILE = re.compile(r"[\w.-]{3,200}![\w.-]{3,200}!\d{9,11}!\d{9,11}")
_COMPLAINT_SUBJECT = re.compile(
    r"complaint about message from|(?:e-?mail |abuse )feedback (?:report|loop)|spam complaint"
    r"|^(?:fwd?: ?)?abuse report\b|e-?mail abuse report|junk (?:e-?mail|mail) report"
    r"|opt-?out report",
)
_COMPLAINT_TEXT = re.compile(
    r"e-?mail abuse report for an? (?:e-?mail )?message|^feedback-type: ?\w"
    r"|reported (?:this|your|the) message as (?:spam|junk|abuse)",
    re.I | re.M,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`is_auto`: never answer it. `kind` is None where a person wrote it."""

    is_auto: bool
    kind: AutoKind | None = None
    is_bulk: bool = False


def verdict(
    parsed: mime.Parsed,
    fields: Mapping[str, str],
    content: body.Body,
    *,
    sender: Address | None,
    reply_to: Address | None,
    is_bulk: bool,
) -> Verdict:
    """What the message is, bounces aside. `fields` are lower-case names and decoded bodies."""
    said = Said(fields, content, sender)
    submitted = fields.get("auto-submitted", "").split(";", 1)[0].split("(", 1)[0].strip().lower()
    kind = (
        _by_report(parsed, said, content)
        or _by_fields(said, submitted, fields)
        or (None if submitted == "no" else _weak_signs(said, sender, reply_to, is_bulk=is_bulk))
    )
    is_mass = not is_bulk and submitted != "no" and is_newsletter(said)
    suppressed = fields.get("x-auto-response-suppress", "").strip().lower() not in {"", "none"}
    return Verdict(kind is not None or is_bulk or is_mass or suppressed, kind, is_bulk or is_mass)


# --- what says it outright --------------------------------------------------------------------


def _by_report(parsed: mime.Parsed, said: Said, content: body.Body) -> AutoKind | None:
    types = {mime.content_type(parsed.message), *map(mime.content_type, content.reports)}
    report = (mime.parameter(parsed.message, "report-type") or "").strip(" \"'").lower()
    if report == "feedback-report" or "message/feedback-report" in types:
        return "feedback_loop"
    if "disposition-notification" in report or "message/disposition-notification" in types:
        return "receipt"
    if report == "tlsrpt" or _REPORT_SUBJECT.search(said.title):
        return "notification"
    if any(_REPORT_FILE.match(name[:300]) for name in content.attachments[:5]):
        return "notification"
    complains = not said.is_answer and _COMPLAINT_SUBJECT.search(said.title)
    if complains and (_COMPLAINT_TEXT.search(said.raw_text[:HEAD]) or content.attached):
        return "feedback_loop"
    if "x-hmxmroriginalrecipient" in said.fields or "x-hmxmroriginal-recipient" in said.fields:
        return "feedback_loop"
    if _COMPLAINT_TEXT.match(said.raw_text.lstrip()[:300]):
        return "feedback_loop"
    says_nothing = len(said.raw_text) < 10
    if begins(said.title, notices.RECEIPT_SUBJECTS) and (
        any(
            ":" in said.title[:40] or one not in said.title
            for one in notices.RECEIPT.found_in(said.opening)
        )
        or (":" in said.title[:12] and says_nothing)
    ):
        return "receipt"
    if mime.content_type(parsed.message) == "text/calendar":
        return "notification"  # an entry of a calendar, and nobody's words
    if any("METHOD:REPLY" in one[:HEAD].upper() for one in content.calendars):
        return "notification"
    answers = says_nothing and said.title.startswith(notices.CALENDAR_SUBJECTS.all)
    return "notification" if answers else None


def _by_fields(said: Said, submitted: str, fields: Mapping[str, str]) -> AutoKind | None:
    if submitted.startswith(("auto-replied", "auto_replied")) or _is_responder(fields):
        if "vacation" in fields.get("auto-submitted", ""):
            return "vacation"
        return "challenge" if asks_for_proof(said) else reply_kind(said)
    if submitted and submitted not in {"no", "none", "false"}:
        return _generated_kind(said)
    if not marks.MACHINE_FIELDS.isdisjoint(fields):
        return "notification"
    if said_by_tracker := marks.of_tracker(fields):
        return "ack" if said_by_tracker.startswith("ack") else "notification"
    if fields.get("return-path", "").strip() == "<>" and submitted != "no":
        if asks_for_proof(said):
            return "challenge"
        return reply_kind(said) if sounds_like_reply(said) else "notification"
    return None


def _generated_kind(said: Said) -> AutoKind:
    """The kind of what a program sent of itself, as it says; autoresponders say it wrongly."""
    if titled_as_reply(said):
        return reply_kind(said)
    if not said.is_forward:
        if is_challenge(said):
            return "challenge"
        if is_ack(said):
            return "ack"
    return "vacation" if is_outlook_away(said) or is_away(said) else "notification"


def _is_responder(fields: Mapping[str, str]) -> bool:
    for name in marks.REPLY_FIELDS & fields.keys():
        if fields[name].strip().lower() not in {"no", "false", "0"}:
            return True
    for name in ("precedence", "x-precedence", "preference", "x-preference"):
        if fields.get(name, "").strip().lower().replace("-", "_") in {"auto_reply", "autoreply"}:
            return True
    if fields.get("delivered-to", "").strip().lower().startswith("autoresponder"):
        return True
    mailer = fields.get("x-mailer") or fields.get("user-agent") or fields.get("x-generator") or ""
    return marks.RESPONDERS.search(mailer[:200]) is not None


# --- weak signs ---------------------------------------------------------------------------------


def _weak_signs(
    said: Said, sender: Address | None, reply_to: Address | None, *, is_bulk: bool
) -> AutoKind | None:
    """The kind of a machine that sets no field which says so, or None."""
    if not said.is_forward:
        if titled_as_reply(said):
            return "challenge" if asks_for_proof(said) else reply_kind(said)
        if not said.is_answer and _LIST_NOTICE.search(said.title):
            return "notification"
        if is_challenge(said):
            return "challenge"
        if is_away(said):
            return "vacation"
        if is_ack(said):
            return "ack"
        if not said.is_answer and _NOTICE_SUBJECT.search(said.title):
            return "notification"
        if not (said.is_answer or said.quotes) and notices.NO_ANSWER.are_in(said.foot):
            return "notification"
        if calls_itself_automatic(said):
            return reply_kind(said) if sounds_like_reply(said) else "notification"
    if sender is None:
        return None
    return _by_address(said, sender, reply_to, is_bulk=is_bulk)


def _by_address(
    said: Said, sender: Address, reply_to: Address | None, *, is_bulk: bool
) -> AutoKind | None:
    local, _, domain = sender.address.partition("@")
    if (
        marks.NO_REPLY.search(local)
        or marks.MACHINE_DOMAIN.match(domain)
        or marks.MACHINE_NAME.match(sender.name)
        or (marks.MACHINE_ADDRESS.match(local) and not said.is_answer)
    ):
        return None if _someone_else(sender, reply_to) else "notification"
    if marks.SYSTEM_ACCOUNT.match(local) and not said.is_in_thread:
        return "notification"
    if marks.LIST_MANAGER.search(local) and not said.is_in_thread and not is_bulk:
        return "notification"
    if marks.ROLE_ADDRESS.match(local) and (
        is_bulk or notices.NOBODY_READS.are_in(said.foot) or has_automatic_line(said.raw_text)
    ):
        return None if said.quotes and not is_bulk else "notification"
    return None


def _someone_else(sender: Address, reply_to: Address | None) -> bool:
    """True where an answer would reach a person, not the machine that sent it."""
    if reply_to is None or not reply_to.address:
        return False
    if sender.address.lower() == reply_to.address.lower():
        return False
    local = reply_to.address.partition("@")[0]
    no_person = (marks.NO_REPLY, marks.MACHINE_ADDRESS, marks.ROLE_ADDRESS)
    return not any(one.search(local) for one in no_person) and "+" not in local
