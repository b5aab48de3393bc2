"""The words of footers: what virus scanners, free mail services, lists, mobile programs and legal
departments of all languages put around a text. Vocabulary only, in lower case where it is stems.
"""

import re
from typing import NamedTuple


class Stems(NamedTuple):
    """Beginnings of words, those of plain ASCII apart: most texts need no other."""

    plain: tuple[str, ...]
    other: tuple[str, ...]


def says(lower: str, stems: Stems) -> bool:
    """True if any of `stems` occurs in the lower-case text."""
    if any(map(lower.__contains__, stems.plain)):
        return True
    return not lower.isascii() and any(map(lower.__contains__, stems.other))


def _stems(words: str) -> Stems:
    found = words.split("|")
    return Stems(
        tuple(word for word in found if word.isascii()),
        tuple(word for word in found if not word.isascii()),
    )


# A disclaimer speaks of secrecy, of whom the message is meant for, and of the message.
SECRET = _stems(
    "confidenti|confidenzial|confidencial|privileg|proprietary|vertraulich|riservat|vertrouwelijk"
    "|konfident|fortrolig|förtrolig"
    "|sekretess|taushet|luottamuksell|salassa|důvěrn|dôvern|poufn|zastrzeżon|bizalmas|titkos"
    "|εμπιστευτικ|απόρρητ|конфиденциальн|конфіденційн|поверителн|povjerljiv|zaupn|gizli|سري|سرية"
    "|חסוי|סודי|ลับ|bảo mật|rahasia|機密|机密|保密|秘密|기밀|비밀|legally protected|disclaimer"
    "|aviso legal|rechtlich geschützt|sole for|solely for|sole use|solely use|intended only"
    "|intended solely|محرمان"
)
MEANT = _stems(
    "intended|recipient|addressee|addressed|received this|received it|in error|by mistake"
    "|unauthori|disclos|dissemin|privileg|empfänger|adressat|bestimmt|irrtümlich|destinat|dirigid"
    "|error|erro |engano|erreur|intention|geadresseerde|bestemd|abusievelijk|mottagare|avsedd"
    "|mottaker|modtager|beregnet|vastaanottaj|tarkoitettu|adresát|adresat|určen|przeznaczon"
    "|odbiorc|címzett|szól|παραλήπτ|προορίζ|адресат|получател|предназнач|одержувач|призначен"
    "|primatelj|primaoc|naslovnik|namijenjen|alıcı|yönelik|muhatab|المرسل إليه|المستلم|נמען|מיועד"
    "|ผู้รับ|người nhận|penerima|受信|宛|收件人|发送给|發送給|接收|수신|legal|گیرنده"
)
MESSAGE = _stems(
    "mail|message|communication|transmi|attach|nachricht|mitteilung|mensaje|correo|messaggi"
    "|comunicazion|mensage|courriel|bericht|meddelande|melding|meddelelse|viesti|sähköposti|zpráv"
    "|správ|wiadomoś|üzenet|levél|mesaj|μήνυμα|сообщен|письм|повідомлен|съобщен|poruk|sporočil"
    "|ileti|e-posta|eposta|الرسالة|البريد|הודעה|דוא|อีเมล|ข้อความ|thư|pesan|surel|メール|邮件|郵件"
    "|信件|메일|information|contents|پیام"
)
# It names the message that it stands in: "this e-mail", "diese Nachricht".
OF_ITSELF = re.compile(
    r"\b(?:this|the (?:information|contents?)|any attach|and (?:its|any)|diese[rs]?|est[ea]|ce|cet"
    r"|cette|quest[oa]|presente|contenut[aeio]|contenid[ao]s?|contained in|deze|dit|det|detta|denne"
    r"|dette|tämä|tato|tento|táto|niniejsz\w+|ta wiadomość|ez az|acest|αυτό|παρόν|данн\w+|это|этот"
    r"|настоящ\w+|це|цей|ця|това|ova|ovaj|to sporočilo|bu|e-?mail(?:s|bericht)?|emailu|ini"
    r"|nội dung)\b|本|此|このメール|この電子|이 메일|본 메일|이 이메일|본 이메일|هذه|هذا|זה|זו|นี้"
    r"|này|این"
)
ENVIRONMENT = _stems(
    "environment|medio ambiente|umwelt|environnement|ambiente|milieu|miljø|miljö|środowisk"
    "|природ|planeet|tree|before you print|before print|životní|környezet|mediul"
)
CONSIDER = _stems(
    "before print|consider|think|please|bitte|denken|pensez|penser|piense|antes de|prima di|tänk"
    "|overvej|tenk|denk |подум|прежде|zastanów|gondol|miljø|myslet|pamätaj|zvažte|save paper"
)
PRINTING = _stems(
    "print|imprim|druck|stamp|skriv ut|skriver ut|udskriv|drukow|wydruk|распечат|печат|nyomtat"
    "|tisk|tulost"
)
SCANNED = _stems("scanned|checked|tested|verified|certified|screened|cleaned|geprüft|vérifié")
SCANNER = _stems(
    "virus|malware|spam|scanner|email security|avast|avg anti|avg.com|mcafee|symantec|messagelabs"
    "|dangerous content|mailscanner|mimecast|postini|mailguard|mimesweeper|mailmarshal|barracuda"
    "|ウイルス|病毒|바이러스"
)
NOTICE = _stems(
    "virus-free|virus free|virusfree|free of virus|free from virus|free of known virus"
    "|no virus found|no virus was found|no viruses found|virus database|virenfrei"
    "|auf viren geprüft|auf viren überprüft|libre de virus|sin virus|sans virus"
    "|absence de virus|privo di virus|senza virus|virusvrij|virusfri|без вирусов"
    "|проверено на вирусы|проверено на наличие вирусов|bez wirus|wolna od wirus|bez virů"
    "|vírusmentes|email is sponsored by|message was sent using"
)
SERVICE = _stems(
    "yahoo|hotmail|msn.|msn |windows live|windowslive|live.com|juno|netzero|aol.|aim(|aol |gmx"
    "|web.de"
    "|freemail|lycos|excite|rediff|netscape|tiscali|libero|virgilio|alice mail|laposte|wanadoo"
    "|caramail|terra.|uol.|bol.com|zipmail|mail.com|usa.net|bigfoot|onebox|iname|hushmail|fastmail"
    "|messenger|photobucket|arcor|freenet|t-online|rambler|o2.pl|wp.pl|interia|onet.|seznam|abv.bg"
    "|incredimail|toolbar|mynet|voila|sify|indiatimes|another.com|e-mail account|email account"
    "|free e-mail|free email|egroups|evite|postfach"
)
SELLING = _stems(
    "http|www.|free|gratis|kostenlos|gratuit|sign up|download|get |try |join |discover"
    "|protection|storage|click|jetzt|mehr infos|@"
)
SENT = re.compile(
    r"^\W{0,6}(?:(?:this (?:e-?mail|message) was )?(?:sent|written|typed|composed|posted) (?:from"
    r"|via|with|using|by|on|in)"
    r"|get (?:the )?(?:new )?outlook|download (?:the )?outlook|via|sent |"
    r"enviad[oa] (?:desde|do|con|com|via|pelo|de|a través|por|mediante)|enviat (?:des|amb)"
    r"|obt[eé]n(?:er|ha)? |descarg"
    r"|obter (?:o )?|baixe |(?:von|gesendet|geschickt|diese (?:nachricht|e-?mail|mail) wurde"
    r"|holen sie sich|outlook f)"
    r"|envoy[ée] |télécharge|obtenez|provenance|inviat[oa] |ottieni|scarica |verzonden "
    r"|verstuurd |outlook voor|download outlook"
    r"|skickat |skickades |skickas |hämta |sendt |få |hent |last ned |lähetetty |hanki "
    r"|odesl[áa]no |získat |stáhn|odoslan[éeá] |získa[tť] "
    r"|wysłan[eoay] |pobierz |elküldve |küldve |trimis |obțineți |descărca|στάλθηκε |εστάλη "
    r"|αποκτήστε |λήψη "
    r"|отправлено |послано |получите |скачать |загрузить |надіслано |відправлено |отримати "
    r"|изпратено |poslano |poslato |preuzmi|dobite |gönderildi|gönderen"
    r"|أرسلت |أُرسلت |مرسل |مُرسل |تم الإرسال |ارسال شده |נשלח |ส่งจาก |đã gửi |được gửi |gửi từ "
    r"|dikirim |dihantar |išsiųsta |nosūtīts |saadetud "
    r"|发自|發自|发送自|来自|來自|從我|从我|由我|通过|透過|自我的|내 |나의 )",
    re.I,
)
SENT_END = re.compile(
    r"(?:gesendet|geschickt|küldve|gönderildi|gönderilmiştir|送信|から送信されました"
    r"|を入手|보냄|발송|보냈습니다|发送|發送"
    r"|傳送|edinin|indirin|다운로드|받기)[\s.。!]{0,4}$",
    re.I,
)
DEVICE = re.compile(
    r"iphon|ipad|ipod|i-?pad|apple|android|samsung|galaxy|outlook|\bmail\b|mail\.ru|e-?mail ?app"
    r"|yahoo"
    r"|g-?mail|gmx|web\.de|blackberry|black berry|huawei|honor|xiaomi|redmi|oppo|vivo|oneplus"
    r"|nokia|sony|xperia|htc|\blg\b"
    r"|motorola|moto\b|pixel|palm\b|treo|windows|smart-?phone|tele(?:f|ph)on|phone|handy\b|mobil"
    r"|móvil|movil|celular"
    r"|cell|tablet|appareil|dispositi|device|toestel|enhet|laite|zařízen|urządzen|készülék"
    r"|dispozitiv"
    r"|συσκευή|κινητό|устройств|телефон|пристро|cihaz|cep |الهاتف|هاتفي|جوال|הנייד|מכשיר|มือถือ"
    r"|điện thoại|ponsel"
    r"|手机|手機|携帯|スマート|휴대|핸드폰|proton|superhuman|tapatalk|fastmail|thunderbird|k-9"
    r"|tutanota|tuta\b"
    r"|zoho|hey\b|spark\b"
    r"|aol\b|yandex|яндекс|почт|verizon|at&t|sprint|t-mobile|vodafone|orange|telstra|rogers"
    r"|wireless|4g|5g|lte|邮箱|郵箱|메일"
    r"|newton|airmail|mailbird|canary|edison|boomer|nine\b|bluemail|blue mail|aqua ?mail|typeapp"
    r"|mobile ?me|webmail|horde|my desk|on the go|the road",
    re.I,
)
EXCUSE = re.compile(
    r"^\W{0,4}(?:please (?:excuse|forgive|pardon)|pls excuse|excuse|pardon|forgive"
    r"|typed|written) "
    r"[^\n]{0,60}(?:typo|brevity|spelling|mistake|error|thumb|auto-?correct|phone|mobile"
    r"|short)[^\n]{0,60}$",
    re.I,
)
DISCLAIMER_HEAD = re.compile(
    r"^\W{0,12}(?:(?:legal |e-?mail )?(?:disclaimer|haftungsausschluss)\W{0,4}$"
    r"|confidentiality (?:notice|note|statement|warning)"
    r"|(?:nota|aviso|cláusula) (?:de confidencialidad|legal|de privacidad|de confidencialidade)"
    r"|privacy notice\W|irs circular 230|vertraulichkeitshinweis)",
    re.I,
)
GROUP_TAIL = re.compile(
    r"^(?:-{4,40} ?yahoo!? groups? sponsor|\W{0,6}(?:posted by:|reply (?:via web post|to sender)"
    r"|visit your group"
    r"|messages in this topic|view/reply online|group owner"
    r"|yahoo!? groups links|your use of yahoo|to visit your group|to unsubscribe"
    r"|to post to this group|to subscribe|for additional commands"
    r"|for more options, visit|recent activity|mute this topic|\[non-text portions|~->|<\*>"
    r"|individual email"
    r"|your email settings))",
    re.I,
)
BANNER = re.compile(
    r"^\W{0,6}(?:external(?: e?-?mail| sender| message)?\b|caution\b|warning\b|precaución\b"
    r"|attention\b|advertencia\b|achtung\b|vorsicht\b"
    r"|extern(?:e|er)?\b|let op\b|attenzione\b|\[?ext(?:ernal)?\]?\W"
    r"|you don.t often get e?-?mail from|some people who received this message"
    r"|this (?:e-?mail|message) (?:is from|originat\w{0,5}|came from"
    r"|was sent from|came) (?:from )?(?:an? )?(?:outside|external))",
    re.I,
)
BANNER_WORDS = re.compile(
    r"originat|outside (?:of )?(?:the|your|our|my) |external (?:e-?mail|sender|source|message)"
    r"|(?:do not|don.t) (?:click|open)|(?:trust|know|recogni[sz]e|verify) the sender"
    r"|unknown sender|learn why this is important|often get|fuera de|(?:remitente|correo) externo"
    r"|extern(?:e|en|er|es)? (?:e-?mail|mail|absender|quelle|afzender|expéditeur|avsändare)"
    r"|expéditeur externe|mittente esterno|^\W{0,6}extern\W|^\W{0,3}\[?ext(?:ernal)?\]\W{0,4}$",
    re.I,
)

# Below a rule these words make a list's footer.
LIST_WORDS = _stems(
    "mailing list|mailing-list|mailinglist|listinfo|unsubscri|subscribe|subscription|listserv"
    "|list-serv|list serv|signoff|mailman|majordomo|sympa|freelists|yahoo! groups|yahoo groups"
    "|google groups|groups.io|egroups|post message:|list archive|archives:|archive:"
    "|to post to this|this group|this list|lista de correo|lista de distribuci|darse de baja"
    "|de esta lista|desta lista|cancelar su|cancelar la su|liste de diffusion"
    "|liste de discussion|désabonn|désinscri|abbestellen|abmelden|austragen|mailingliste"
    "|listarchiv|cancellarsi|disiscri|afmelden|uitschrijven|avregistrera|avprenumerera|odhlá"
    "|wypisa|rezygnac|leiratkoz|отписат|рассылк|配信停止|メーリングリスト|退订|退訂|群组|邮件列表"
    "|수신거부|메일링|list info|ezmlm|/sympa/"
)
SUBSCRIPTION = _stems(
    "unsubscri|you are receiving|you're receiving|you are subscribed|you're subscribed"
    "|you are currently subscribed|you received this|you have received this"
    "|e-mail was sent|email was sent|message was sent|manage notification|manage your"
    "|manage subscription|manage preferences|change your notification|change your email"
    "|change your settings|change your preferences|change them|darse de baja|cancelar la suscripci"
    "|cancelar su suscripci|cancelar a inscri|cancelar suscripci|se désabonner|désinscrire"
    "|abmelden|do not reply to this|don't reply to this|unmonitored address|unmonitored mailbox"
    "|in your browser|in browser|reply to this email directly|view it on github"
    "|view this message on|mute this|mute the"
    "|change notification|groups.io links|dejar de recibir|para cancelar|отписаться|退订"
    "|取消订阅|配信停止|수신거부"
)
# "Reply above this line", as ticket systems ask.
ABOVE = _stems(
    "above this line|above the line|above this dashed|above this text|above here|reply above"
    "|respond above|response above|replies above|oberhalb dieser|über dieser zeile"
    "|über dieser linie|au-dessus de cette ligne|encima de esta línea|arriba de esta línea"
    "|acima desta linha|acima da linha|sopra questa|sopra a questa|boven deze regel"
    "|boven deze lijn|ovanför denna|ovanför den här|over denne linj|tämän rivin yläpuolel"
    "|nad tento řádek|nad tímto řádkem|nad tą linią|nad tym wierszem|nad tento riadok"
    "|nad týmto riadkom|a sor fölé|a vonal fölé|sor felett|deasupra acestei linii"
    "|πάνω από αυτή|выше этой|над этой|над цією лінією|bu satırın üst|bu çizginin üst"
    "|فوق هذا السطر|فوق هذا الخط|מעל שורה זו|מעל השורה|この行より上|この線より上|この行の上"
    "|この線の上|在此行上方|在此线以上|此行之上|이 줄 위|이 선 위"
)
BELOW = _stems("below this line|below the line|unter dieser linie|unterhalb dieser")
MARKER_RUN = re.compile(r"^[\s>*]{0,6}(?:[-#=_~+<*]{2}|\[|\{|\(|- )")
ASKS_ABOVE = re.compile(
    r"^[\s>*]{0,6}(?:please )?(?:(?:type|write|enter|add|put|make|place|post) )?(?:your )?"
    r"(?:reply|replies|respond|response)",
    re.I,
)
