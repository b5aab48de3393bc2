"""What list managers write to their subscribers: please confirm, welcome, goodbye, held, approve.

Known by subjects that nobody else writes, from a list manager's address or with a machine's mark;
a person who passes one on is not taken for it. A request to confirm says how that is done: by a
letter (Mailman, LISTSERV, Majordomo, ezmlm, mlmmj, Sympa, Ecartis, group providers) or by a link,
which nobody here ever follows.
"""

import re
from dataclasses import dataclass

from gateway.model import Address, ListNotice, Message, NoticeSubject
from gateway.reading.lists import list_addresses
from gateway.reading.lists.list_addresses import Mailbox

MAX_SEARCHED = 8_000

_LIST = r"(?P<list>[^\s\"'<>()]{2,100}|\"[^\"]{2,100}\")"
# (what it is, its subject). The first that matches decides.
_WORDS: tuple[tuple[NoticeSubject, str], ...] = (
    ("confirm", r"^confirm [0-9a-f]{6,64}$"),
    ("leave", rf"^your confirmation is (?:required|needed) to leave the {_LIST}"),
    ("confirm", rf"^your confirmation is (?:required|needed) to join the {_LIST}"),
    ("confirm", rf"^you have been invited to join the {_LIST} mailing list"),
    ("leave", rf"^confirm unsubscri(?:be|ption) from {_LIST}"),
    ("confirm", rf"^confirm (?:subscribe|subscription) to {_LIST}"),
    ("confirm", r"^(?:re: )?command confirmation request \([0-9A-Z]{4,32}\)"),
    ("leave", rf"^confirmation for unsubscribe {_LIST}"),
    ("confirm", rf"^confirmation for subscribe {_LIST}"),
    ("confirm", r"^confirm from \S{1,100} \((?:subscribe|register)"),
    ("leave", r"^auth \S{4,64} (?:unsubscribe|signoff|sig)\b"),
    ("confirm", r"^auth \S{4,64} (?:subscribe|sub)\b"),
    ("confirm", rf"^(?:please )?confirm your request to join (?:the )?{_LIST}"),
    ("confirm", rf"confirmation (?:required|requested|needed) to join (?:the )?{_LIST}"),
    ("confirm", r"^(?:please |action required: )?(?:confirm|verify|activate) your"
                r" (?:e-?mail )?(?:subscriptions?|registration)\b"),
    ("confirm", r"^(?:e-?mail )?(?:subscription|registration) confirmation(?: (?:required"
                r"|request|needed))?\b"),
    ("confirm", r"^(?:ecartis|listar) command results: subscri"),
    ("confirm", r"^(?:bitte )?bestätigen sie ihr(?:e anmeldung| abonnement)|^(?:ihre )?"
                r"bestätigung (?:ist )?(?:erforderlich|notwendig)"),
    ("confirm", r"^(?:merci de )?confirme[rz] votre (?:abonnement|inscription)|^votre"
                r" confirmation est (?:requise|nécessaire) pour (?:rejoindre|vous abonner)"),
    ("confirm", r"^(?:por favor,? )?confirme su (?:suscripción|inscripción)|^se (?:requiere"
                r"|necesita) su confirmación para (?:unirse|suscribirse)"),
    ("confirm", r"^confermare? (?:la tua |l')?iscrizione|^bevestig uw (?:aanmelding"
                r"|inschrijving)"),
    ("welcome", rf"^welcome to (?:the )?{_LIST}(?: mailing list|$)"),
    ("welcome", rf"^you (?:are now|have been) (?:subscribed|added) to (?:the )?"
                rf"(?:list |group )?{_LIST}"),
    ("confirm", rf"^your subscription to (?:the )?{_LIST}(?: list)? needs to be renewed"),
    ("welcome", rf"^your subscription to (?:the )?{_LIST} list$|^subscribed to \S"),
    ("welcome", r"^bienvenue (?:sur|dans) la liste|^willkommen (?:auf|bei|in) der"
                r" mailing-?liste|^bienvenido a la lista"),
    ("goodbye", rf"^you (?:are no longer|have been) (?:unsubscribed|removed|subscribed) "
                rf"(?:from|to) (?:the )?(?:list |group )?{_LIST}"),
    ("goodbye", rf"^(?:goodbye|unsubscribed) from (?:the )?{_LIST}"),
    ("held", rf"^your (?:message|post|posting) to {_LIST} (?:is )?(?:awaits|awaiting|waiting"
             rf"|pending|held)"),
    ("held", r"^(?:votre message|ihre nachricht|su mensaje|tu mensaje) [^\n]{0,80}(?:modér"
             r"|moder|attente|approb|aprob|genehmig|freigabe)"),
    ("held", rf"^{_LIST}: (?:your )?message (?:has been )?submitted to (?:the )?"
             rf"(?:list )?moderator"),
    ("moderate", rf"^{_LIST} post from \S{{3,200}} requires approval"),
    ("moderate", rf"^\d{{1,6}} {_LIST} moderator request(?:\(s\)|s)? (?:waiting|pending)"),
    ("moderate", rf"^(?:moderate for|moderation needed for) {_LIST}"),
    ("moderate", rf"^{_LIST}: approval required"),
    ("moderate", rf"^(?:new )?(?:un)?subscription request (?:to|for|from)(?: list| the list)?"
                 rf" {_LIST}"),
    ("moderate", r"^(?:article|message) (?:to be|awaiting) (?:approved|moderated|moderation)"
                 r"|^message à modérer"),
    ("rejected", rf"^request to mailing list {_LIST} rejected"),
    ("rejected", rf"^rejected posting to {_LIST}"),
    ("disabled", rf"^your subscription (?:to|for|on) (?:the )?{_LIST}(?: mailing list)? has"
                 r" been (?:disabled|suspended)"),
    ("disabled", r"^(?:ezmlm (?:warning|probe)|warning: (?:bounces|mail) from \S{3,100}"
                 r"|\S{2,60} mailing list probe message)"),
    ("reminder", rf"^subscription probe for {_LIST}"),
    ("reminder", r"mailing list memberships? reminder$"),
)  # fmt: skip
_SUBJECTS = tuple((kind, re.compile(pattern, re.I)) for kind, pattern in _WORDS)
_STATEMENT = re.compile(r"\b(?:unsubscri|removal|leave|signoff|sign off)", re.I)
_SUBSCRIPTION = re.compile(r"\bsubscri|\bjoin|\binvit|registration", re.I)
_HABITS = re.compile(r"^(?:re|aw|sv|fwd?|wg|tr)\s?:", re.I)

# An address of whose letters the reading consists, whatever they say.
_TOKEN_ADDRESS = re.compile(
    r"^(?:(?P<name>[^+\s]{1,80}?)(?:[-+](?P<word>confirm|confsub|confunsub|subconfirm|sc|uc|tc"
    r"|accept|moderate|request)[-+.][^\s]{4,160})"
    r"|(?P<first>confirm|confsub|subconfirm|activate)(?:-[a-z]\d)?[-+.](?P<rest>[^\s]{6,160}))$",
    re.I,
)
_AUTH = re.compile(
    r"^[ \t>]{0,8}(auth[ \t][^\s]{4,64}[ \t](?:un)?(?:subscribe|sub|sig|signoff)[ \t]+"
    r"(?P<list>[^\s]{2,100})(?:[ \t][^\n]{0,200})?)$",
    re.I | re.M,
)
_APPSUB = re.compile(r"^[ \t]{0,8}(appsub (?P<list>\S{2,100}) \S{3,200} \S{4,100})$", re.I | re.M)
_LISTSERV_COMMAND = re.compile(
    r"^[ \t>]{0,40}(?:subscribe|sub|join) (?P<list>[\w-]{2,60})", re.I | re.M
)
_RENEWAL = re.compile(r"needs to be renewed", re.I)
_LISTSERV_TOKEN = re.compile(r"\(([0-9A-Z]{4,32})\)")
_NAMED = re.compile(
    r"(?:mailing )?list(?:e|a)?:? [\"']?([\w.+-]{2,64}@[\w.-]{3,200})|([\w.+-]{2,64}@[\w.-]{3,200})"
    r" mailing list",
    re.I,
)
_URL = re.compile(r"https?://[^\s<>\"'\]]{6,900}")
_CONFIRMING = re.compile(
    r"confirm|[?&]ok=|/sub\?|verif|activat|opt-?in|optin|subscriptions?/", re.I
)
_UNWANTED = re.compile(r"unsub|privacy|help|support|/optout|/leave|decline|reject|discard", re.I)
_MANAGERS = re.compile(
    r"^(?:listserv|majordomo|mailman|sympa|ecartis|listar|ezmlm|mlmmj|listproc|lyris|listmaster"
    r"|no-?reply|do-?not-?reply|subscriptions?|notify|confirm|info|newsletters?|updates?|news)\b",
    re.I,
)
_SYSTEMS = (
    ("listserv", re.compile(r"\blistserv\b", re.I)),
    ("majordomo", re.compile(r"\bmajordomo\b", re.I)),
    ("sympa", re.compile(r"\bsympa\b", re.I)),
    ("ecartis", re.compile(r"\b(?:ecartis|listar)\b", re.I)),
    ("ezmlm", re.compile(r"\bezmlm\b", re.I)),
    ("mlmmj", re.compile(r"\bmlmmj\b|\+conf(?:un)?sub", re.I)),
    ("google", re.compile(r"google ?groups", re.I)),
    ("govdelivery", re.compile(r"\bgovdelivery\b", re.I)),
    ("mailman", re.compile(r"\bmailman\b", re.I)),
    ("lyris", re.compile(r"\blyris\b", re.I)),
)


@dataclass(frozen=True, slots=True)
class _How:
    """How a request is confirmed: by a letter, a link, or both."""

    to: str = ""
    subject: str = ""
    body: str = ""
    link: str = ""
    list_name: str = ""


def may_be_one(subject: str) -> bool:
    """Whether it is worth a look: cheap, for all the mail that is none."""
    return _kind(subject[:300], "")[0] is not None


def read(message: Message) -> ListNotice | None:
    """What a list manager says of a subscription or a posting, or None."""
    subject = message.subject
    if message.sender is None:
        return None
    kind, named = _kind(subject[:300], message.text)
    if kind is None or not _is_of_a_manager(message):
        return None
    how = _how(message, kind) if kind in {"confirm", "leave"} else _How()
    mailbox = _list(message, how.list_name or named)
    if kind == "confirm" and not (how.to or how.link):
        return None
    return ListNotice(
        kind=kind,
        system=_system(message),
        list=f"{mailbox.local}@{mailbox.host}" if mailbox and mailbox.host else
             (mailbox.local if mailbox else ""),
        mail_to=how.to,
        mail_subject=how.subject,
        mail_body=how.body,
        link=how.link,
    )  # fmt: skip


def _kind(subject: str, text: str) -> tuple[NoticeSubject | None, str]:
    subject = _unprefixed(subject)
    for kind, pattern in _SUBJECTS:
        match = pattern.search(subject)
        if match is None:
            continue
        named = match.groupdict().get("list") or ""
        is_open = kind == "confirm" and not _SUBSCRIPTION.search(subject)
        if is_open and _is_to_leave(text):
            return "leave", ""
        return kind, named.strip("\"'.,:;")
    return None, ""


def _unprefixed(subject: str) -> str:
    """Without the list's own mark: "[talk] Welcome ..."."""
    return re.sub(r"^\[[^\[\]]{1,60}\]\s?", "", subject.strip())


def _is_to_leave(text: str) -> bool:
    """Whether what is to be confirmed ends a subscription: whichever word comes first."""
    head = text[:2000]
    leave, join = _STATEMENT.search(head), _SUBSCRIPTION.search(head)
    return leave is not None and (join is None or leave.start() < join.start())


def _is_of_a_manager(message: Message) -> bool:
    """From an address that people do not write from, or with a machine's mark on it."""
    if _HABITS.match(message.subject):
        return False
    submitted = (message.header("auto-submitted") or "no").strip().lower()
    if submitted != "no" or message.is_bulk or message.list_id:
        return True
    address = message.sender.address if message.sender else ""
    mailbox = list_addresses.first(address)
    if mailbox is None:
        return False
    return bool(
        _MANAGERS.match(mailbox.local)
        or _TOKEN_ADDRESS.match(mailbox.local)
        or list_addresses.of_sender(mailbox)
    )


# --- how it is confirmed ----------------------------------------------------------------------


def _how(message: Message, kind: NoticeSubject) -> _How:
    link = _link(message.text) if kind == "confirm" else ""
    sender = message.sender.address if message.sender else ""
    text = message.text[:MAX_SEARCHED]
    subject = message.subject[:300]
    for address in (message.reply_to, message.sender):
        if address is not None and (match := _token_address(address)):
            name = match["name"] or ""
            return _How(address.address, subject, "", link, name)
    if match := _AUTH.search(text):
        return _How(sender, "", match[1].strip(), link, match["list"])
    if match := _APPSUB.search(text):
        return _How(sender, "", f"// job\n{match[1].strip()}\n// eoj", link, match["list"])
    if _RENEWAL.search(subject):  # LISTSERV takes off whoever does not say that he stays
        return _How(sender, "", f"CONFIRM {_kind(subject, '')[1].upper()}", link)
    if sender.lower().startswith("listserv@") and (token := _LISTSERV_TOKEN.search(subject)):
        command = _LISTSERV_COMMAND.search(text)
        name = command["list"] if command else ""
        return _How(sender, f"Re: {subject}", f"OK CONFIRM {token[1]}", link, name)
    if re.match(r"confirm [0-9a-f]{6,64}$", subject, re.I):
        to = message.reply_to or message.sender
        return _How(to.address if to else "", subject, "", link)
    return _How(link=link)


def _token_address(address: Address) -> re.Match[str] | None:
    return _TOKEN_ADDRESS.match(address.address.rpartition("@")[0])


def _link(text: str) -> str:
    """The link that confirms: the first that speaks of it, and not of the contrary."""
    found = [one.rstrip(".,;:!?)") for one in _URL.findall(text[:MAX_SEARCHED])]
    fit = (one for one in found if _CONFIRMING.search(one) and not _UNWANTED.search(one))
    return next(fit, "")


# --- which list -------------------------------------------------------------------------------


def _list(message: Message, named: str) -> Mailbox | None:
    """The list that it speaks of, as an address where its host is to be found."""
    if found := list_addresses.first(named):
        return found
    senders = [one for one in (message.sender, message.reply_to) if one is not None]
    mailboxes = [box for one in senders if (box := list_addresses.first(one.address))]
    for box in mailboxes:
        if match := _TOKEN_ADDRESS.match(box.local):
            if match["name"]:
                return Mailbox(match["name"].lower(), box.host)
        elif (stem := list_addresses.of_sender(box)) and stem.local != "no":
            return stem
    if match := _NAMED.search(message.text[:MAX_SEARCHED]):
        return list_addresses.first(match[1] or match[2])
    if named and mailboxes:
        return Mailbox(named.lower(), mailboxes[0].host)
    if message.list_id:
        name, _, host = message.list_id.partition(".")
        return Mailbox(name, host)
    return mailboxes[0] if mailboxes else None


def _system(message: Message) -> str:
    marks = ("x-mailman-version", "x-listserver", "list-software", "mailing-list", "x-mailer",
             "x-ecartis-version", "received")  # fmt: skip
    head = " ".join(f"{name} {value[:200]}" for name in marks if (value := message.header(name)))
    senders = " ".join(one.address for one in (message.sender, message.reply_to) if one)
    for searched in (f"{head} {senders}", message.text[:MAX_SEARCHED]):
        for system, pattern in _SYSTEMS:
            if pattern.search(searched):
                return system
    return ""
