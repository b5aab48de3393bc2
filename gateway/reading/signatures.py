"""What hangs below a text that its writer did not write for this message, and above it.

Signatures (marked, under the writer's name, after a closing), mobile tails, disclaimers, list
footers, subscription notes, banners about external mail. Each is cut only where something is
left above it; a first name as a sign-off stays.
"""

import re
from collections.abc import Sequence

_MARK = re.compile(r"^\s{0,2}(?:--|—|–|- -)\s*$")
_MOBILE = re.compile(
    r"^[\s\-—*]{0,6}(?:sent (?:from|via|with|using) (?:my |the |a |mail for |outlook|yahoo|proton"
    r"|gmail|samsung"
    r"|windows|blackberry|iphone|ipad|android|mobile|aol|fastmail|mobil)[^\n]{0,100}"
    r"|sent from (?:mail|outlook|samsung|yahoo|proton)[^\n]{0,80}|get outlook for (?:ios|android"
    r"|mac)[^\n]{0,80}"
    r"|enviado (?:desde|do|con|via) (?:mi |meu |o |el |outlook|correo|samsung|yahoo|gmail"
    r"|iphone)[^\n]{0,80}"
    r"|von meinem [^\n]{1,40} gesendet[^\n]{0,20}|gesendet (?:von|mit)(?: meinem| der)? [^\n]{1,40}"
    r"|envoyé (?:de|depuis|à partir de) (?:mon|l|outlook|yahoo|mail)[^\n]{0,60}"
    r"|inviato da(?:l mio)? [^\n]{1,40}"
    r"|(?:verzonden|verstuurd) (?:vanaf|met|via) [^\n]{1,40}|skickat från (?:min )?[^\n]{1,30}"
    r"|sendt fra (?:min )?[^\n]{1,30}|lähetetty [^\n]{1,30}(?:ista|istä|sta|stä|lla|llä)"
    r"|отправлено (?:с|из) [^\n]{1,40}"
    r"|wysłan[eoy] z [^\n]{1,40}|odesláno z [^\n]{1,40}|iphone.?umdan gönderildi|iPhoneから送信"
    r"|从我的 ?iPhone ?发送"
    r"|发自我的 ?iPhone|trimis de pe [^\n]{1,30})\s*$",
    re.I,
)
_DISCLAIMER = re.compile(
    r"^\W{0,6}(?:(?:legal )?disclaimer\s*$|(?:confidential(?:ity)?|privileged|legal|privacy"
    r"|disclaimer|important)(?: (?:notice|note|statement|message))?\s{0,2}[:.\-—*]"
    r"|(?:notice|warning|disclaimer)\s?: (?:this|the)|this (?:e-?mail|message|communication"
    r"|electronic|transmission)"
    r"|the (?:information|contents?) (?:contained |transmitted )?(?:in|of) this (?:e-?mail"
    r"|message|transmission)"
    r"|(?:nota|aviso) (?:de confidencialidad|legal|de privacidad|de confidencialidade)"
    r"|est[ea] (?:mensaje|correo|e-?mail|mensagem)"
    r"|diese e-?mail|(?:ce|cet) (?:message|courriel|e-?mail)|(?:questo|la presente) (?:messaggio"
    r"|e-?mail|comunicazione)"
    r"|dit e-?mail ?bericht|please consider the environment|p?.{0,3}think before you print)",
    re.I,
)
_DISCLAIMING = re.compile(
    r"confidential|privileged|intended|recipient|disclos|dissemin|by mistake|in error|unauthori"
    r"|confidencial|destinat|por error|vertraulich|confidentiel|riservat|vertrouwelijk"
    r"|environment|print",
    re.I,
)
_LIST_RULE = re.compile(r"^\s{0,3}[_\-=#*~]{8}[_\-=#*~\s]*$")
_LIST_WORDS = re.compile(
    r"mailing.?list|listinfo|unsubscri|subscri(?:be|ption)|list.?serv|signoff|mailman"
    r"|groups\.io links"
    r"|yahoo! groups|google groups|lista de correo|darse de baja|liste de diffusion|abbestellen",
    re.I,
)
_SUBSCRIPTION = re.compile(
    r"unsubscri|you (?:are|'re) (?:receiving|subscribed)|you(?: have)? received this (?:message"
    r"|e-?mail|notification) because"
    r"|this (?:e-?mail|message) was sent (?:to|by|from)|manage (?:your )?(?:notification"
    r"|subscription|preferences)"
    r"|change (?:them|your (?:notification|email)) |darse de baja|cancelar (?:la |su )?suscripci"
    r"|se désabonner|abmelden"
    r"|(?:do not|don.t) reply to this|unmonitored (?:address|mailbox)|view this (?:e-?mail"
    r"|message) in (?:your )?browser",
    re.I,
)
_BANNER = re.compile(
    r"^\W{0,6}(?:external(?: e?-?mail| sender| message)?\b|caution\b|warning\b|precaución\b"
    r"|attention\b|\[?ext(?:ernal)?\]?\W)",
    re.I,
)
_BANNER_WORDS = re.compile(
    r"originat|outside|external|do not click|don.t click|unknown sender|fuera de|externo", re.I
)
_CLOSING = re.compile(
    r"^\W{0,2}(?:(?:best|kind|warm|many|with)(?: kind)?(?: regards| wishes| thanks)?|regards"
    r"|thanks(?: again| so much| in advance)?"
    r"|thank you|cheers|sincerely(?: yours)?|yours(?: truly| sincerely| faithfully)?|respectfully"
    r"|v/?r|r/|br|cordially"
    r"|(?:un )?(?:cordial |atento )?saludos?(?: cordiales)?|atentamente|gracias"
    r"|mit freundlichen grüßen|(?:viele|beste|liebe) grüße|mfg|lg"
    r"|cordialement|bien à vous|cordiali saluti|distinti saluti|atenciosamente|abraços"
    r"|met vriendelijke groet|groeten"
    r"|med vänliga? hälsning(?:ar)?|mvh|pozdrawiam|s pozdravem|üdvözlettel|saygılarımla)\W{0,4}$",
    re.I,
)
_CUE = re.compile(
    r"@|https?://|www\.|\d{3}[\s.)-]{1,3}\d{3}|\||\b(?:tel|phone|fax|cell|mobile|office|ext|o|m|c"
    r"|p)\b\s?[.:]"
    r"|\b(?:director|manager|officer|analyst|engineer|specialist|coordinator|department|division"
    r"|office of|lead|inc|llc|gmbh)\b",
    re.I,
)
_REFERENCE = re.compile(r"\b[A-Z]{2,5}-?\d{6,}\b")  # a ticket number is no part of a signature
_MAX_SIGNATURE = 25
_MAX_NAMED = 10
_NAME_WORD = re.compile(r"[^\W\d_][\w'’.-]*")


def strip_list_footer(lines: list[str]) -> list[str]:
    """`lines` without the footer that a mailing list added below them."""
    for number in range(max(len(lines) - 30, 1), len(lines)):
        if _LIST_RULE.match(lines[number]):
            following = "\n".join(lines[number + 1 : number + 5])
            if following.strip() and _LIST_WORDS.search(following):
                return lines[:number]
    return lines


def strip_banner(lines: list[str]) -> list[str]:
    """`lines` without a mail gateway's warning above them."""
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    end = next((i for i in range(start, len(lines)) if not lines[i].strip()), len(lines))
    paragraph = "\n".join(lines[start:end])
    is_banner = (
        end - start <= 6 and _BANNER.match(paragraph) and _BANNER_WORDS.search(paragraph)
    ) or paragraph.strip().upper() in {"[EXTERNAL]", "EXTERNAL EMAIL", "[EXTERNAL EMAIL]"}
    return lines[end:] if is_banner and any(line.strip() for line in lines[end:]) else lines


def strip(lines: list[str], sender_name: str = "") -> list[str]:
    """A stretch of one's own text without what hangs below it; the input where nothing is left."""
    kept = _trimmed(lines)
    for cut in (_cut_mark, _cut_tails, _cut_disclaimer, _cut_subscription, _cut_tails):
        shorter = _trimmed(cut(kept))
        kept = shorter or kept
    kept = _trimmed(_cut_named(kept, sender_name)) or kept
    kept = _trimmed(_cut_after_closing(kept)) or kept
    return _trimmed(_cut_tails(kept)) or kept


def _trimmed(lines: Sequence[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return list(lines[start:end])


def _cut_mark(lines: list[str]) -> list[str]:
    for number in range(max(1, len(lines) - _MAX_SIGNATURE - 1), len(lines)):
        if _MARK.match(lines[number]):
            return lines[:number]
    return lines


def _cut_tails(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or _MOBILE.match(lines[end - 1])):
        end -= 1
    return lines[:end]


def _cut_disclaimer(lines: list[str]) -> list[str]:
    for number in range(max(1, len(lines) - 30), len(lines)):
        if (not lines[number - 1].strip() or _LIST_RULE.match(lines[number - 1])) and (
            _DISCLAIMER.match(lines[number]) and _DISCLAIMING.search("\n".join(lines[number:]))
        ):
            return lines[:number]
    return lines


def _cut_subscription(lines: list[str]) -> list[str]:
    """Without the last paragraphs, as long as they are short and speak of a subscription."""
    end = len(lines)
    while end > 1:
        start = end
        while start and lines[start - 1].strip():
            start -= 1
        if not 0 < start < end or end - start > 5:
            break
        if not _SUBSCRIPTION.search("\n".join(lines[start:end])):
            break
        end = start
        while end and not lines[end - 1].strip():
            end -= 1
    return lines[:end]


def _cut_named(lines: list[str], sender_name: str) -> list[str]:
    """Without the block under (and with) a line that is the sender's full name."""
    wanted = _name_words(sender_name)
    if len(wanted) < 2:
        return lines
    for number in range(max(1, len(lines) - _MAX_NAMED - 1), len(lines) - 1):
        line = lines[number].strip()
        if len(line) > 80 or not wanted <= _name_words(line) or len(line.split()) > len(wanted) + 4:
            continue
        if all(_is_signature_line(below) for below in lines[number + 1 :]):
            return lines[:number]
    return lines


def _cut_after_closing(lines: list[str]) -> list[str]:
    """Without what follows the name under "Regards,"."""
    for number in range(max(1, len(lines) - _MAX_NAMED - 2), len(lines) - 1):
        if not _CLOSING.match(lines[number]):
            continue
        name = next((i for i in range(number + 1, len(lines)) if lines[i].strip()), number)
        rest = [line for line in lines[name + 1 :] if line.strip()]
        if rest and all(map(_is_signature_line, rest)) and any(map(_CUE.search, rest)):
            return lines[: name + 1]
    return lines


def _name_words(name: str) -> set[str]:
    bare = re.sub(r"\([^()]*\)|\bvia\b.*", " ", name)
    return {word.strip(".").casefold() for word in _NAME_WORD.findall(bare) if len(word) > 1}


def _is_signature_line(line: str) -> bool:
    words = line.split()
    is_sentence = (
        len(words) > 9 and line.rstrip().endswith((".", "?", "!")) and not _CUE.search(line)
    )
    if _REFERENCE.search(line) or line.rstrip().endswith("?"):
        return False
    return len(line) <= 140 and not is_sentence
