"""The words that mail programs of all languages put around quoted and forwarded mail.

Labels of header fields, verbs of attributions, the words of separators: vocabulary only. Latin
spellings are matched without regard to case.
"""

import re

# Invisible marks of writing direction and width, which programs scatter over attributions.
UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
                                "\u2060\u2066\u2067\u2068\u2069\u061c\ufeff"))  # fmt: skip

_LABELS = {
    "from": "From|De|Von|Da|Van|Od|Från|Fra|Frá|Lähettäjä|Kimden|Gönderen|Feladó|De la|Expéditeur"
    "|Remitente|Remetente|Από|Απο|От|Від|Од|Mittente|Afzender|Absender|Afsender|Avsändare|Avsender"
    "|Nadawca|Odesílatel|Odosielateľ|Šalje|Pošiljatelj|Nuo|No|Saatja|Nork|Отправитель"
    "|差出人|送信者|送信元|发件人|寄件者|寄件人|發件人|보낸 사람|보낸사람|보낸이|발신"
    "|من|از|מאת|Từ|Người gửi|Dari|Daripada|จาก|प्रेषक|Author|X-From",
    "sent": "Sent|Enviado|Enviado el|Enviado em|Enviada|Enviada em|Enviada el|Enviat|Enviat el"
    "|Envoyé|Envoyé le|Envoye|Date d'envoi|Gesendet|Gesendet am|Inviato|Verzonden|Wysłano|Wysłane"
    "|Data wysłania|Odesláno|Odoslané|Odoslaný|Dátum odoslania|Skickat|Sendt|Lähetetty|Gönderildi"
    "|Gönderme Tarihi|Elküldve|Küldve|Elküldött üzenetek|Küldés dátuma|Küldés ideje|Trimis"
    "|Στάλθηκε|Εστάλη|Αποστολή|Отправлено|Дата отправки|Надіслано|Изпратено|Послато|Poslano"
    "|Išsiųsta|Nosūtīts|Saadetud|Bidaltze-data|送信日時|送信日|送信時刻|发送时间|发送日期"
    "|寄件日期|傳送時間|傳送日期|發送時間|보낸 날짜|보낸날짜|보낸 시간|보낸시간|전송"
    "|تاريخ الإرسال|تم الإرسال|أرسلت|أُرسلت|ارسال شده|נשלח|Đã gửi|Ngày gửi|Dikirim|Dihantar"
    "|ส่งเมื่อ|ส่ง|วันที่ส่ง",
    "date": "Date|Fecha|Datum|Data|Dato|Päivämäärä|Päiväys|Tarih|Dátum|Dată|Ημερομηνία|Дата"
    "|日付|日時|日期|时间|時間|날짜|일시|التاريخ|تاريخ|תאריך|Ngày|Tanggal|Tarikh|วันที่|दिनांक"
    "|Kuupäev|Dagsetning|Datums",
    "to": "To|Para|Pour|An|À|A|Per a|Aan|Do|Komu|Till|Til|Vastaanottaja|Kime|Alıcı|Címzett|Către"
    "|Προς"
    "|Кому|До|За|Destinatario|Destinatário|Destinataire|Empfänger|Adresat|Prima|Za|Kam|Kellele"
    "|Nori|宛先|收件人|收件者|받는 사람|받는사람|받는이|수신|إلى|الى|به|אל|Đến|Tới|Người nhận"
    "|Kepada|ถึง|X-To|Newsgroups",
    "cc": "Cc|Kopie|Kopie an|Kopia|Copia|Copie|Copie à|Copia a|Kopi|Kopi til|Kopio|Bilgi"
    "|Másolatot kap|Másolat|Копия|Копія|Копие|Κοιν|Κοινοποίηση|DW|Kópia|Kópie|Con copia|Com cópia"
    "|抄送|副本|参考|참조|نسخة|نسخة إلى|עותק|Đồng kính gửi|Tembusan|สำเนา|สำเนาถึง|X-cc",
    "bcc": "Bcc|CCO|Cci|Blindkopie|Hemlig kopia|X-bcc",
    "subject": "Subject|Asunto|Assunto|Objet|Sujet|Betreff|Betr|Oggetto|Ogg|Onderwerp|Temat|Předmět"
    "|Predmet|Věc|Ämne|Emne|Aihe|Konu|Tárgy|Subiect|Θέμα|Тема|件名|題名|主题|主旨|主題|제목"
    "|الموضوع|موضوع|נושא|Chủ đề|Tiêu đề|Judul|Subjek|Perihal|เรื่อง|विषय|Assumpte|Zadeva|Naslov"
    "|Tema|Teema|Gaia|Efni",
    "other": "Importance|Priority|Importancia|Wichtigkeit|Priorität|Importanza|Prioridade|Belang"
    "|Vikt|Prioritet|Prioritás|Sensitivity|Attachments|Attachment|Anlagen|Anhänge|Datos adjuntos"
    "|Pièces jointes|Allegati|Anexos|Bijlagen|Reply-To|Antwort an|Antwort|Répondre à|Responder a"
    "|Rispondi a|Organization|Organisation|Message-ID|Sender|Resent-From|Resent-To|Resent-Date"
    "|In-Reply-To|References|Categories|Kategorien|Mailed-By|List-Id|Content-Type|MIME-Version"
    "|Return-Path|Received|X-Mailer|User-Agent|附件|添付ファイル|重要度|첨부|Приложения|Вложения"
    "|X-Original-To|Delivered-To|Posted At|Posted To|Conversation|Message|Reply to|Gesendet von",
}
LABELS = {word.casefold(): kind for kind, words in _LABELS.items() for word in words.split("|")}

FORWARD = (
    r"forward|fwd|weitergeleitet|weiterleitung|transf[ée]r|réexpédi|renvoyé|reenviad|reenvia"
    r"|inoltrat|encaminhad|doorgestuurd|přeposlan|preposlan|přeposlal|przekazan|przesłan"
    r"|vidarebefordra|videresend|videresendt|välitet|edelleenlähe|továbbított|továbbított"
    r"|пересыла|пересл|переадрес|перенаправ|препрат|προωθ|letilen|letilmiş|yönlendiril|redirecion"
    r"|redirigid|transmis|redirecțion|proslijeđ|posredovan|edastatud|persiųst|diteruskan"
    r"|chuyển tiếp|ส่งต่อ|محول|معاد توجيه|معاد إرسال|הועבר|転送|转发|轉寄|轉發|전달"
)
ORIGINAL = (
    r"origin(?:al)? ?(?:e-?)?(?:message|mail|appointment|meeting|nachricht|besked|melding"
    r"|-nachricht)?"
    r"|(?:begin |start of )?(?:original|included|attached|quoted) (?:message|mail|text)"
    r"|repl(?:y|ied) (?:message|separator)|reply above|antworten?trenner"
    r"|ursprüngliche (?:nachricht|e-?mail|besprechungsanfrage)|ursprungligt meddelande"
    r"|originalmeddelande|message d.origine|(?:message|mail|courriel) (?:original|initial)"
    r"|(?:mensaje|correo) original|mensaxe orixinal|missatge original|jatorrizko mezua"
    r"|messaggio (?:originale|originario)|mensagem original|oorspronkelijk(?:e)? bericht"
    r"|(?:wiadomość )?oryginalna(?: wiadomość)?|pierwotna wiadomość|původní (?:zpráva|e-?mail)"
    r"|pôvodn[áý] (?:správa|e-?mail)|opprinnelig melding|oprindelig (?:meddelelse|besked)"
    r"|alkuperäinen viesti|eredeti üzenet|(?:исходное|оригинальное|первоначальное) сообщение"
    r"|исходное письмо|(?:оригінальне|початкове|вихідне) повідомлення|оригинално (?:съобщение"
    r"|писмо)"
    r"|mesaj(?:ul)? (?:original|inițial|ini[ţt]ial)|αρχικό μήνυμα|πρωτότυπο μήνυμα"
    r"|(?:orijinal|özgün|asıl) (?:mesaj|ileti)|izvorna poruka|izvirno sporočilo|originalna poruka"
    r"|algne (?:sõnum|kiri)|pradinis laiškas|upprunaleg skilaboð|tin nhắn gốc|thư gốc"
    r"|pesan asli|mesej asal|ข้อความเดิม|ข้อความต้นฉบับ|الرسالة الأصلية|رسالة أصلية"
    r"|הודעה מקורית|ההודעה המקורית|پیام اصلی"
    r"|元のメッセージ|元のメール|オリジナルメッセージ|原始邮件|原始郵件|原件|邮件原件|原郵件"
    r"|原始信件|원본 ?메시지|원본 ?메일|원래 메시지"
)
BEGIN_FORWARD = (
    r"begin(?:ning of)? forwarded message|start of forwarded message"
    r"|anfang der weitergeleiteten (?:nachricht|e-?mail)"
    r"|début du (?:message|courriel|e-?mail) (?:réexpédié|transféré)"
    r"|(?:inicio|comienzo) del (?:mensaje|correo) reenviado|inici del missatge reenviat"
    r"|inizio(?: del)? messaggio inoltrato|início da mensagem (?:re)?encaminhada"
    r"|begin doorgestuurd bericht|vidarebefordrat (?:brev|meddelande)|start på videresendt melding"
    r"|videresendt (?:melding|besked|e-?mail)|start på videresendt besked"
    r"|start af videresendt (?:besked|e-?mail)|välitetty viesti alkaa|välitetty viesti"
    r"|začátek přeposlané zprávy|začiatok preposlanej správy|początek przekazywanej wiadomości"
    r"|továbbított levél kezdete|továbbított üzenet kezdete|начало переадресованного сообщения"
    r"|начало переадресованного письма|αρχή προωθημένου μηνύματος|iletilen mesajın başlangıcı"
    r"|iletilen ileti başlangıcı|転送されたメッセージ|下記は転送されたメッセージ(?:です)?"
    r"|以下是转发的邮件|开始转发(?:的)?邮件|轉寄的郵件|以下是轉寄的郵件|開始轉寄郵件"
    r"|전달된 메시지(?: 시작)?|전달된 메시지"
)

WROTE = (
    r"\b(?:wrote|writes?|said|says|asked|replied|responded|commented|typed|scribbled|spake|sprach"
    r"|proclaimed"
    r"|schrieb|schrieben|schreibt|geschrieben|meinte|schreef|schrijft|geschreven|skrev|skriver"
    r"|skrifaði|escribi[óo]|escribe|escrito|escreveu|escreve|escribiu|écrit|ecrit|écrivait|scrive"
    r"|scritto|scrisse|napisał|pisze|napisała|pisał|napsal|napsala|píše|napísal|napísala|kirjoitti"
    r"|kirjutas|kirjutab|írta|ezt írta|scris|yazd[ıi]|yazmış|yazmıştır|έγραψε|έγραψαν|γράφει"
    r"|написал|написала|написали|писал|писали|пишет|пише|написав|написала|написа|писав|написао"
    r"|napisao|napisala|napisal|rašė|parašė|rakstīja|escriure|escrit|idatzi|menulis|viết"
    r"|نوشت|نوشته|كتب|كتبت|כתב|כתבה|according to|Quoting|Citando|Zitat von|Selon|Quoted"
    r"|Excerpts? (?:from|of)"
    r"|Missatge de|message (?:from|of|dated)|message du|mail (?:from|of)|par)\b"
    r"|wrote|(?:さん|様)?(?:は|が)書きました|書きました|さんのメール|のメール|さんの発言|写道|寫道"
    r"|写到"
    r"|说道|님이? 작성|님께서|쓴 글|이\(가\) 쓴|작성:|작성한 글|เขียน|ने लिखा|تمت كتابة|جاء من"
    r"|napisał\(a\)|napsal\(a\)|napísal\(a\)|написал\(а\)|a scris"
)
OPENER = (
    r"(?:On|Am|Le|El|Em|Il|Op|O|Às|In data|W dniu|Dnia|Dne|Dňa|Den|På|Pe|În|La|Στις|Σε|Vào|Pada"
    r"|Fra|Från|At|Mon|Tue|Wed|Thu|Fri|Sat|Sun|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    r"|lun|mar|mer|jeu|ven|sam|dim|Mo|Di|Mi|Do|Fr|Sa|So|В|На|Dana|Kuupäev|Vr|Za|V|ti|ma|ke|to|pe"
    r"|In (?:a|the|your|his|her|article|message|news|<)|Quoting|Citando|Zitat|Selon|Excerpts?"
    r"|Missatge|Begin|Your message|Thus|Also)\b"
    r"|\d{1,4}[-./年 ]|[*>\[-]{1,8} ?\S|في|ב|ในวันที่|เมื่อ|در|को|在|於|于"
)


def visible(line: str) -> str:
    """`line` without unseen marks and the blanks around it."""
    return (line if line.isascii() else line.translate(UNSEEN)).strip()


def alternatives(words: str) -> re.Pattern[str]:
    """A search for any of `words`."""
    return re.compile(f"(?:{words})", re.I)
