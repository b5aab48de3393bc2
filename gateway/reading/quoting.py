"""Where in a text another message begins: quote marks, attributions, separators, header blocks.

Works on lines and only looks. A header block must say From and Subject, or From, Sent and To,
or stand under a separator: a form's "Date:", "From:" and "To:" lines are no quoted mail.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_BLOCK_LINES = 20
MAX_ATTRIBUTION = 400

_LABELS = {
    "from": "From|De|Von|Da|Van|Od|Från|Fra|Lähettäjä|Kimden|Gönderen|Feladó|De la|Expéditeur"
    "|Remitente"
    "|Από|От|Від|Mittente|Afzender|差出人|发件人|寄件者|보낸 사람|보낸사람|من|מאת|Từ|Dari",
    "sent": "Sent|Enviado(?: el| em)?|Enviada em|Envoyé(?: le)?|Gesendet|Inviato|Verzonden"
    "|Wysłano|Wysłane"
    "|Odesláno|Skickat|Sendt|Lähetetty|Gönderildi|Gönderme Tarihi|Elküldve|Küldve|Trimis|Στάλθηκε"
    "|Εστάλη|Отправлено|Надіслано|送信日時|发送时间|寄件日期|보낸 날짜|Đã gửi|Dikirim",
    "date": "Date|Fecha|Datum|Data|Dato|Päivämäärä|Päiväys|Tarih|Dátum|Ημερομηνία|Дата|日付|日期"
    "|날짜|التاريخ|תאריך|Ngày|Tanggal",
    "to": "To|Para|An|À|A|Aan|Do|Komu|Till|Til|Vastaanottaja|Kime|Címzett|Către|Προς|Кому"
    "|Destinatario"
    "|Destinataire|宛先|收件人|收件者|받는 사람|إلى|אל|Đến|Kepada",
    "cc": "Cc|CC|Kopie|Kopia|Copia|Kopi|Másolatot kap|Копия|Копія|DW|抄送|副本|참조",
    "bcc": "Bcc|BCC|CCO|Cci",
    "subject": "Subject|Asunto|Assunto|Objet|Betreff|Oggetto|Onderwerp|Temat|Předmět|Predmet|Ämne"
    "|Emne"
    "|Aihe|Konu|Tárgy|Subiect|Θέμα|Тема|件名|主题|主旨|主旨|제목|الموضوع|נושא|Chủ đề|Judul|Subjek",
    "importance": "Importance|Priority|Importancia|Wichtigkeit|Priorität|Importanza|Prioridade"
    "|Belang"
    "|Attachments|Attachment|Anlagen|Datos adjuntos|Reply-To|Organization|Message-ID|Resent-.{2,8}",
}
_LABEL = re.compile(
    r"^[\s*_>|]{0,12}(?:"
    + "|".join(f"(?P<{key}>{words})" for key, words in _LABELS.items())
    + r")[\s*_]{0,4}[:：][\s*_]{0,4}(?P<value>[^\n]{0,2000})$",
    re.I,
)
_RULERS = ("-", "_", "=", "*", "#")
_MAY_BE_LABEL = re.compile(r"^[^:：\n]{1,40}[:：]")

_FORWARD = (
    r"forwarded|weitergeleitete|transféré|réexpédié|reenviado|inoltrato|encaminhada|doorgestuurd"
    r"|přeposlan|przekazan|vidarebefordra|videresend|välitetty|továbbított|пересылаем|пересланн"
    r"|転送|转发|轉寄|iletilen|redirigid"
)
_ORIGINAL = (
    r"original message|original appointment|original mail|reply message|replied message"
    r"|ursprüngliche nachricht|originalnachricht|message d.origine|message original"
    r"|mensaje original"
    r"|messaggio originale|mensagem original|oorspronkelijk bericht|wiadomość oryginalna"
    r"|oryginalna wiadomość|původní zpráva|ursprungligt meddelande|original(?:besked|melding)"
    r"|opprinnelig melding|oprindelig meddelelse|alkuperäinen viesti|eredeti üzenet"
    r"|исходное сообщение|оригинальное сообщение|mesaj original|αρχικό μήνυμα|orijinal mesaj"
    r"|元のメッセージ|原始邮件|原始郵件"
)
_SEPARATOR = re.compile(
    rf"^[\s>]{{0,8}}[-_=*#]{{2,40}}\s?(?:[^\n]{{0,40}}(?P<forward>{_FORWARD})[^\n]{{0,80}}"
    rf"|\s?(?:{_ORIGINAL})\s?)[-_=*#:]{{0,40}}\s*$",
    re.I,
)
_BEGIN_FORWARD = re.compile(
    r"^[\s>]{0,8}(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)"
    r"|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado"
    r"|inizio messaggio inoltrato|início da mensagem (?:re)?encaminhada"
    r"|begin doorgestuurd bericht)\s?:?\s*$",
    re.I,
)
_RULE = re.compile(r"^[\s>]{0,8}[_\-=]{5,}\s*$")

_WROTE = (
    r"wrote|writes|escribi[óo]|escreveu|a écrit|schrieb|schreef|ha scritto|scrisse"
    r"|napisał(?:\(?a\)?)?"
    r"|pisze|napsal(?:\(?a\)?)?|napísal(?:\(?a\)?)?|skrev|kirjoitti|yazdı|şunu yazdı|írta|a scris"
    r"|έγραψε|написал(?:\(?а\)?)?|пишет|пише|написав|كتب|כתב|写道|寫道|のメール"
    r"|님이 작성|đã viết|menulis"
    r"|rašė|rakstīja|kirjutas|je napisao|је написао|va escriure|wrote on"
)
_ATTRIBUTION_VERB = re.compile(rf"(?:{_WROTE})", re.I)
_OPENER = re.compile(
    r"^\W{0,3}(?:On|Am|Le|El|Em|Il|Op|W dniu|Dnia|Dne|Dňa|Den|På|Pe|La|Στις|Σε|Vào|Pada|Le|Fra"
    r"|Från|At"
    r"|Mon|Tue|Wed|Thu|Fri|Sat|Sun|lun|mar|mer|jeu|ven|sam|dim|Mo|Di|Mi|Do|Fr|Sa|So|В|На|Dana|Em"
    r"|\d{1,4}[-./年]|In (?:a|the) (?:message|article)|في|ב|בתאריך|Quoting|Citando)\b",
    re.I,
)
_END_COLON = re.compile(r"[:：]\s*$")
_OLD_GMAIL = re.compile(r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}\b[^\n]{0,200}<[^<>\s]+@[^<>\s]+>\s*:?$")
_QUOTE_MARK = re.compile(r"^\s{0,3}[A-Z]{1,3}>\s")
_PROMPT = re.compile(r"^\s{0,3}>(?:>> |\s?[\d<=])")

_FORWARD_SUBJECT = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|wg|tr|rv|enc|i|vs|vb|vl|pd|fs|továbbítás|转发|轉寄"
    r"|пересл)\s?:",
    re.I,
)
_REPLY_SUBJECT = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:re|aw|sv|antw|odp|res|rép|ref|r|ynt|vá|回复|回覆|отв"
    r"|απ)\s?(?:\[\d+\])?\s?:",
    re.I,
)


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """A quoted header: lines `start` to `body` (its separator included), and what it says.

    `fields` holds the values by kind: from, date, to, cc, subject. `forward` is True under a
    separator that says so, `original` under one that says "Original Message".
    """

    start: int
    body: int
    fields: dict[str, str]
    forward: bool = False
    original: bool = False


def is_quote(line: str) -> bool:
    """True for a line marked as quoted mail."""
    return line.lstrip()[:1] == ">" or _QUOTE_MARK.match(line) is not None


def may_be_prompt(line: str) -> bool:
    """True for a line that only looks quoted: a prompt, or "> 10 %"."""
    return _PROMPT.match(line) is not None


def is_forward_subject(subject: str) -> bool:
    """True for FW:, Fwd:, WG:, TR:, RV: and the like at the start of a subject."""
    return _FORWARD_SUBJECT.match(subject) is not None


def is_reply_subject(subject: str) -> bool:
    """True for Re:, AW:, SV: and the like at the start of a subject."""
    return _REPLY_SUBJECT.match(subject) is not None


def find_header_block(lines: Sequence[str], quoted: bool = False) -> HeaderBlock | None:
    """The first quoted header in `lines`; those behind quote marks only where `quoted`."""
    for number, line in enumerate(lines):
        if not line or (not quoted and line.lstrip()[:1] == ">"):
            continue
        head = line[:60]  # most lines are told apart by this alone
        if ":" not in head and "：" not in head and head.lstrip("> \t")[:1] not in _RULERS:
            continue
        block = _block_at(lines, number)
        if block is not None:
            return block
    return None


def _block_at(lines: Sequence[str], number: int) -> HeaderBlock | None:
    line = lines[number]
    if not line.strip("-_=*#> \t"):
        return None  # a rule alone begins nothing
    separator = _SEPARATOR.match(line) or _BEGIN_FORWARD.match(line)
    if separator:
        forward = _BEGIN_FORWARD.match(line) is not None or bool(separator["forward"])
        fields, body = _fields(lines, number + 1)
        if fields or not forward:
            return HeaderBlock(number, body, fields, forward, not forward)
        return None
    if not _MAY_BE_LABEL.match(line):
        return None
    first = _LABEL.match(line)
    if first is None or not first["from"]:
        return None
    fields, body = _fields(lines, number)
    if not ("subject" in fields or ("sent" in fields and "to" in fields)):
        return None
    start = number
    while start > 0 and (not lines[start - 1].strip() or _RULE.match(lines[start - 1])):
        start -= 1
        if lines[start].strip():
            break
    else:
        start = number
    return HeaderBlock(start, body, fields)


def _fields(lines: Sequence[str], number: int) -> tuple[dict[str, str], int]:
    """The labelled lines from `number` on, and the first line after them."""
    found: dict[str, str] = {}
    end, last, blanks = number, "", 0
    for at in range(number, min(number + MAX_BLOCK_LINES, len(lines))):
        line = lines[at].strip("> \t*")
        match = _LABEL.match(line) if _MAY_BE_LABEL.match(line) else None
        if match is not None:
            key = match.lastgroup if match.lastgroup != "value" else ""
            key = next((k for k in _LABELS if match[k]), key or "")
            if key in found and key in {"from", "subject"}:
                break
            found.setdefault(key, match["value"].strip("* \t"))
            end, last, blanks = at + 1, key, 0
        elif not line:
            blanks += 1
            # HTML turned into text may put blank lines between the fields; two end the block.
            if blanks > 1 and found:
                break
        elif last and blanks == 0 and last in {"to", "cc", "bcc", "subject", "from"}:
            found[last] = f"{found[last]} {line}"
            end = at + 1
        else:
            break
    return found, end


def attribution_end(lines: Sequence[str], number: int) -> int | None:
    """The line after the attribution ("On ..., X wrote:") that begins at `number`, or None."""
    line = lines[number].strip()
    if not line or line.startswith(">"):
        return None
    if line[:2] in {"19", "20"} and _OLD_GMAIL.match(line) and _quote_follows(lines, number + 1):
        return number + 1
    if line[-1] not in ":：" and not _OPENER.match(line):
        return None
    joined = ""
    opener = _OPENER.match(line) is not None
    for at in range(number, min(number + (5 if opener else 1), len(lines))):
        piece = lines[at].strip()
        if not piece or piece.startswith(">") or len(joined) > MAX_ATTRIBUTION:
            return None
        joined = f"{joined} {piece}" if joined else piece
        if _END_COLON.search(piece):
            return at + 1 if _is_attribution(joined, opener, lines, at + 1) else None
    return None


def _is_attribution(joined: str, opener: bool, lines: Sequence[str], after: int) -> bool:
    if len(joined) > MAX_ATTRIBUTION:
        return False
    dated = any(c.isdigit() for c in joined)
    addressed = "@" in joined or "<" in joined
    if _ATTRIBUTION_VERB.search(joined):
        return (opener and dated) or addressed or _quote_follows(lines, after)
    return dated and addressed and joined.rstrip(":： ").endswith((">", ")"))


def _quote_follows(lines: Sequence[str], number: int) -> bool:
    for line in lines[number : number + 3]:
        if line.strip():
            return is_quote(line)
    return False
