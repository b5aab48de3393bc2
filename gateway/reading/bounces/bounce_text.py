"""Who a home-made report says was not reached: from its text, above the message it returns.

Each address is weighed by what stands around it: a line of its own, a failure beside it, a label
such as "RCPT TO:" or "Recipient:" speak for it; who to ask, who wrote and what the message was
called speak against it. The best class found wins. Where the text names nobody, the returned
message does, helped by the names and hosts of which the text speaks.
"""

import re
from collections.abc import Iterable
from email.message import Message

from gateway.reading.bounces import bounce_words
from gateway.reading.structure import addresses_in, headers, mime
from gateway.reading.structure.addresses_in import Found

MAX_RECIPIENTS = 500
SURE, STRONG, FAIR, WEAK = 4, 3, 2, 1

# Where the returned message begins, by its header: a field that only transport adds, or three
# that every message has.
_HEADER_BEGINS = re.compile(
    r"^(?:(?:received|return-path|dkim-signature|domainkey-signature|delivered-to|mime-version"
    r"|authentication-results|content-[a-z-]{3,30}|x-(?!failed)[a-z-]{2,40}): ?[^\n]{0,998}$"
    r"|(?:(?:from|date|to|subject|message-id): ?[^\n]{1,500}\n)(?:[ \t][^\n]{1,500}\n){0,9}"
    r"(?:from|date|to|subject|message-id|reply-to|mime-version): ?[^\n]{1,500}\n"
    r"(?:[ \t][^\n]{1,500}\n){0,9}"
    r"(?:from|date|to|cc|subject|message-id|reply-to|mime-version|content-type): ?[^\n]{1,500}$)",
    re.I | re.M,
)
# What the report still says below a summary of the message's header.
_GOES_ON = re.compile(
    r"^\s{0,8}(?:failed )?recipient(?: address)?\s?:|following (?:recipient|address)"
    r"|did not reach|(?:was|can|could) ?not (?:be )?deliver",
    re.I | re.M,
)
_OTHERS_LABEL = re.compile(
    r"\b(?:from|sender|return-path|reply-to|originator|mail from|envelope[- ]from|x-postfix-sender"
    r"|message[- ]?id|by|von|absender|de|expéditeur|remitente|mittente|remetente|afzender|от"
    r"|отправитель|отправителя|发件人|寄件者|差出人|送信者|보낸 ?사람|x-[a-z-]{2,30}|server|id)"
    r"\s{0,6}(?:[:=：>]|is\b)\W{0,6}$"
    r"|\bfrom\W{1,3}$|\bid\W{1,3}$|\bsent by\W{0,3}$",
    re.I,
)
_HELP = re.compile(
    r"\b(?:contact|assistance|help|questions?|complain\w*|abuse|reply to|e-?mail us|send (?:it|this"
    r"|e-?mail|mail|a message|your|the)|forward (?:it|this)|write to|unblock|support|whitelist\w*"
    r"|report (?:it|this)|information|administrator at|call|wenden sie|kontaktieren|fragen"
    r"|contactez|contacter|question|aide|adressez|póngase|contacto|consulte|ayuda|contattare"
    r"|assistenza|contate|ajuda|neem contact|kontakta?|escrib\w{1,4}|schreiben|écri\w{1,4}"
    r"|scriv\w{1,4}|skriv\w{0,4}|schrijf|napisz|spørsmål|frågor|vragen|пишите|напишите|обратитесь|обращайтесь|вопрос\w*"
    r"|联系|聯絡"
    r"|問い合わせ|お問合せ|문의|via|copy to|mailto)\b",
    re.I,
)
_RECIPIENT_LABEL = re.compile(
    r"(?:rcpt(?: to)?|recipients?(?: address)?|original address|address(?:ed to)?|mailbox|user"
    r"|userid|error-for|failed (?:address|recipients?)|undeliverable address|intended recipient"
    r"|forward-path|bounce: rcpt|final-recipient|original-recipient|account|destinataires?"
    r"|destinatari\w{0,2}|empfänger|geadresseerden?|ontvangers?|odbiorc\w|příjemc\w|mottagare"
    r"|получател\w|адресат\w?|收件人|收件者|宛先|受信者|받는 ?사람|수신자)"
    r"(?: ?/ ?to)?\s?[:=：\[]?[\s\[<'\"(]{0,4}(?:(?:smtp|rfc822)\W{1,2})?$",
    re.I,
)
_TO_LABEL = re.compile(r"^\W{0,8}(?:to|an|à|para|aan|a|til|do|кому)\s?:[^:]{0,60}$", re.I)
_BEFORE = re.compile(
    r"\b(?:to|for|au|aux|à|an|a|al|ai|alla|às?|aos?|para|naar|aan|til|do|na|till|pour|für"
    r"|user|userid|unknown|host|2,1|5\d\d(?:[ -]\d\.\d\.\d)?|address(?:e|es)?|adresse|recipient)"
    r"\W{1,4}$",
    re.I,
)
_AFTER = re.compile(
    r"^[>\"')\]]{0,3}\W{0,6}(?:\.\.\.|on \w|[^\n@]{0,60}\b(?:unknown|not found|no such"
    r"|does(?:n.t| not)"
    r"|invalid|full|quota|reject\w*|undeliver\w*|unavailable|disabled|fail\w*|could not|couldn.t"
    r"|not (?:be )?deliver\w*|not listed|unrouteable|error|denied|inactive|expired|bounced"
    r"|will not|cannot|host|smtp|5\d\d|4\d\d|5\.\d\.\d|4\.\d\.\d|inconnu|unbekannt|nicht"
    r"|desconocid\w|inesistente|nie istnieje|neexistuje)\b)",
    re.I,
)
_ALONE_BEFORE = re.compile(
    r"^[\s<\[('\"*>:•·|#-]{0,40}(?:smtp\W{0,3}|user\W{0,3}|\d{1,3}[.)]\W{0,3})?$", re.I
)
_ALONE_AFTER = re.compile(
    r"^[>\])'\"]{0,3}\s?(?:<(?:mailto:)?[^\s<>]{3,300}>|[\s:;,.*|]{0,10})$", re.I
)
_ENTRY_BEFORE = re.compile(r"^\s{0,8}<$")
_ENTRY_AFTER = re.compile(r"^> ?(?::|\((?:expanded|orig))")
_FIRST_AFTER = re.compile(r"^[>\])'\"]{0,3}\s?(?:[:;,(\[]|\.\.\.|-|on )", re.I)
_ORIGINAL = re.compile(r"original address\s{0,2}:\s{0,2}\W{0,3}$", re.I)
_ALIAS_OF = re.compile(
    r"(?:expanded from|(?:ultimately )?generated (?:from|by)|forwarded from"
    r"|alias(?:ed)? (?:from|of))\s{0,2}:?\s{0,2}\W{0,3}$",
    re.I,
)
_TO_LINES = re.compile(
    r"^[ \t>]{0,8}(?:to|cc|x-original-to):([^\n]{1,998}(?:\n[ \t][^\n]{1,998}){0,20})", re.I | re.M
)
_LIST_FOOTER = re.compile(r"^_{40,80}$", re.M)
_SIGNATURE = re.compile(r"^(?:-- ?|_{20,80})$", re.M)
# The list of those who were reached, where a report has one beside the other.
_REACHED = re.compile(
    r"^[- *]{2,40}(?:the )?(?:following )?(?:addresses|recipients) had successful[^\n]{0,80}\n"
    r"(?:[^-\n][^\n]{0,300}\n){1,100}",
    re.I | re.M,
)
_WAS_REACHED = re.compile(
    r"^[>\"')\]]{0,3}\W{0,6}(?:successful|sent\b|delivered\b|relayed\b|is ok\b)", re.I
)
_SESSION_SENDER = re.compile(r"mail from:? ?<?([^\s<>]{3,300}@[^\s<>]{3,300})", re.I)
_NAMED_USER = re.compile(
    r"(?:(?:user|mailbox|account|group|recipient|unknown user|name)\W{1,4}[\"'<(]?([\w.+-]{1,64})"
    r"|^\s{1,20}([\w.+-]{1,64})\s{1,4}\((?:user|mailbox|recipient|no such)[^\n)]{0,40}"
    r"|^\s{1,20}([\w.+'-]{1,64})\s{2,8}no matches"
    r"|\(([\w.+-]{1,64})\) may not exist|local-part \"([^\"\n]{1,64})\")",
    re.I | re.M,
)


# Names of one host, listed below a line that speaks of recipients.
_LISTED_NAME = re.compile(
    r"(?:recipients?|address(?:es)?|users?)\b[^\n]{0,160}:\n{1,2}[ \t]{0,20}([\w.+-]{2,64})"
    r"\s{0,3}(?:\(|$)",
    re.I | re.M,
)


def report_part(text: str) -> str:
    """What the mail system says, without the message it returns and what lists add."""
    head = addresses_in.as_written(text[: addresses_in.LIMIT])
    head = _REACHED.sub("", head)
    for begins in (bounce_words.RETURNED, _HEADER_BEGINS, _LIST_FOOTER):
        for cut in begins.finditer(head):
            goes_on = begins is _HEADER_BEGINS and _GOES_ON.search(head[cut.end() :][:1500])
            if any(char.isalpha() for char in head[: cut.start()]) and not goes_on:
                head = head[: cut.start()]
                break
    signature = _SIGNATURE.search(head)
    if signature and addresses_in.ADDRESS.search(head[: signature.start()]):
        return head[: signature.start()]
    return head


def recipients(
    said: str, ours: set[str], subject: str, returned: Iterable[str], host: str
) -> tuple[str, ...]:
    """Those who were not reached, by the report `said` of the mail system at `host`.

    `returned` are the recipients in the header of the message that it returns.
    """
    ours = ours | {one.lower() for one in _SESSION_SENDER.findall(said)}
    weighed = _weighed(said, ours)
    theirs = [one for one in returned if one.lower() not in ours]
    for least in (SURE, STRONG, FAIR):
        chosen = [address for address, weight in weighed if weight >= least]
        if chosen:
            return unique(chosen)
    known = {one.lower() for one in theirs}
    weak = [address for address, _ in weighed]
    weak = [address for address in weak if not _is_office(address)] or weak
    both = [address for address in weak if address.lower() in known]
    in_subject = [one for one in addresses_in.every(subject) if one.lower() not in ours]
    local = [f"{name}@{host}" for name in _LISTED_NAME.findall(said)] if host else []
    return unique(both or in_subject or _meant(said, theirs) or weak or theirs[:1] or local)


def names_somebody(said: str, ours: set[str], least: int = STRONG) -> bool:
    """Whether the report `said` names somebody who was not reached: surely, or at `least` so."""
    return any(weight >= least for _, weight in _weighed(said, ours))


def returned_to(attached: tuple[Message, ...], text: str, said: str) -> list[str]:
    """To whom the returned message was addressed, as its own header says.

    Where the report speaks of some of them by their names, these alone.
    """
    if attached:
        parsed = mime.of(attached[0])
        found = [*headers.addresses(parsed, "to"), *headers.addresses(parsed, "cc")]
        found = [one for one in found if "@" in one.address]
        lower = said.lower()
        named = [one for one in found if len(one.name) > 3 and one.name.lower() in lower]
        return [addresses_in.bare(one.address) for one in named or found]
    rest = text[len(said) :][: addresses_in.LIMIT]
    return [one for line in _TO_LINES.findall(rest) for one in addresses_in.every(line)]


def _weighed(said: str, ours: set[str]) -> list[tuple[str, int]]:
    """The addresses that may be meant, each with its weight, in order."""
    found: list[tuple[str, int]] = []
    replaced: set[str] = set()
    for one in addresses_in.find(said):
        line_begin = said.rfind("\n", 0, one.start) + 1
        is_in = said[max(line_begin, one.start - 60) : one.start]
        if _ORIGINAL.search(is_in) and found and found[-1][0].lower() != one.address.lower():
            replaced.add(found[-1][0].lower())  # how a gateway rewrote it says nothing to anybody
        elif _ALIAS_OF.search(is_in):
            entry = said[said.rfind("\n", 0, max(0, line_begin - 1)) + 1 : one.start]
            if addresses_in.ADDRESS.search(entry):
                continue  # the alias of the one before, which is the one that failed
            found.append((one.address, STRONG))
            continue
        if one.address.lower() in ours:
            continue
        weight = _weight(said, one, line_begin)
        if weight:
            found.append((one.address, weight))
        if len(found) > 2 * MAX_RECIPIENTS:
            break
    return [(address, weight) for address, weight in found if address.lower() not in replaced]


def _weight(said: str, one: Found, line_begin: int) -> int:
    line_end = said.find("\n", one.end)
    before = said[max(line_begin, one.start - 200) : one.start]
    after = said[one.end : one.end + 120 if line_end < 0 else min(line_end, one.end + 120)]
    if _OTHERS_LABEL.search(before[-60:]) or _WAS_REACHED.match(after):
        return 0
    if _RECIPIENT_LABEL.search(before[-60:]):
        return STRONG
    if _ENTRY_BEFORE.match(before) and _ENTRY_AFTER.match(after):
        return SURE
    is_first = _ALONE_BEFORE.match(before[-60:]) is not None
    if is_first and (_ALONE_AFTER.match(after) or _FIRST_AFTER.match(after)):
        previous = said[max(0, line_begin - 120) : line_begin].rstrip().rsplit("\n", 1)[-1]
        return WEAK if _HELP.search(previous) and not _FAILS.search(previous) else STRONG
    sentence = re.split(r"[.!?]\s", before)[-1]
    if _HELP.search(sentence):
        return 0
    if _TO_LABEL.match(before):
        return FAIR
    if _BEFORE.search(before[-80:]) or _AFTER.match(after):
        return FAIR if _is_office(one.address) else STRONG
    return WEAK


_DESK = re.compile(
    r"(?:post|host|web)master|abuse|no-?reply|h(?:e|j[eä])lp|support|soporte|suporte"
    r"|ayuda|ajuda|aide@|hilfe|pomoc|kefu|admin|security"
    r"|mail-?(?:admin|team)|(?:it|service)-?(?:desk|support)"
)
_FAILS = re.compile(r"deliver|recipient|address|fail|reach|unknown|receive", re.I)


def _is_office(address: str) -> bool:
    address = address.lower()
    return bounce_words.DAEMON.search(address) is not None or _DESK.match(address) is not None


def _meant(said: str, theirs: list[str]) -> list[str]:
    """Those of the returned message's recipients whose name or host the text speaks of."""
    if len(theirs) < 2:
        return theirs
    names = {
        name.lower() for match in _NAMED_USER.finditer(said) for name in match.groups() if name
    } | {name.lower() for name in _LISTED_NAME.findall(said)}
    by_name = [one for one in theirs if one.rpartition("@")[0].lower() in names]
    lower = said.lower()
    return by_name or [one for one in theirs if one.rpartition("@")[2] in lower]


def unique(found: Iterable[str]) -> tuple[str, ...]:
    """Each once, whatever its case, and no more than MAX_RECIPIENTS."""
    kept: dict[str, str] = {}
    for address in found:
        kept.setdefault(address.lower(), address)
    return tuple(kept.values())[:MAX_RECIPIENTS]
