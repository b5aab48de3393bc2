"""The words of mail systems: what they call themselves, a failure, a delay, a full mailbox.

Wording of machines in the languages that their vendors ship, all but the last looked for in text
that has been put in lower case, which is four times as fast as to ignore case. Every pattern is
linear: words with bounded gaps, no repetition beside a repetition.
"""

import re

# One of these stands in every name that DAEMON, OFFICE and NO_REPLY know.
MACHINES = (
    "mail", "post", "admin", "deliver", "daemon", "exchange", "reply", "smtp", "bounce",
    "mta", "uucp", "gateway", "filter", "scan", "pmdf", "imss", "ndr", "system", "respond",
)  # fmt: skip
# Under which name or address no person ever sends.
DAEMON = re.compile(
    r"(?:^|<)(?:mailer|uucp|ndr|mdaemon|double-bounce|mail[-_]?deliver\w*|mail-?system"
    r"|microsoftexchange\w*|smtp-?daemon)(?:[+@.-]|$)|mail(?:er)?[-_. ]?daemon"
    r"|undelivered mail|mail deliver(?:y|er)? (?:sub)?-?(?:system|service)|mail delivery agent"
    r"|mail router|courier mail server|content-filter at|interscan"
    r"|internet mail (?:delivery|service)|\blsmtp\b|\bpmdf\b|\bxmail\b|\bsmtp delivery"
)
# Which may be that of a person who looks after the mail.
OFFICE = re.compile(
    r"(?:^|<)(?:administrator|smtp(?:mail)?|imss|system|mail(?:master|server|gateway"
    r"|relay|sweeper|marshal)?)(?:[+@.-]|$)|post[-_. ]?(?:master|office)|system administrat"
    r"|system attendant|mail administrat|mail ?admin|\bgateway\b|\bmta\b|mail ?server|mail ?system"
    r"|sistema de corr?ei?o|mail ?sweeper|mailmarshal|mail security|groupshield|\bantigen\b"
)
NO_REPLY = re.compile(r"(?:no|do[-_.]?not|ne)[-_.]?(?:reply|respond)")
PASSED_ON = re.compile(
    r"\W{0,3}(?:re|fwd?|aw|wg|sv|vs|tr|rv|enc|antw|doorst|i|r|回复|转发|答复|轉寄|回覆)"
    r"\s?(?:\[\d+\])?\s?[:：]"
)
# What a subject says that is a report.
SUBJECT = re.compile(
    r"failure notice|undeliver(?:ed|able|y)|non[- ]?(?:deliver|remis)|delivery (?:status|failure"
    r"|failed|has failed|problem|report|error|unsuccessful|delayed|warning|notification)"
    r"|(?:mail|message|delivery) (?:delivery|could not|not delivered|delayed|undeliver|status"
    r"|system error|failed|failure)|returned (?:mail|to sender|e-?mail|message)"
    r"|message returned|could not (?:be|send)\b|not (?:be )?deliver|permanent delivery"
    r"|warning: (?:message|could not send)|error sending|user unknown|systems bounce"
    r"|^ndr:|(?:e-?mail|message) you sent (?:blocked|was)|automatically rejected"
    r"|no se (?:puede|pudo|ha podido) (?:entregar|enviar)|no entregado|(?:mensaje|correo)"
    r" (?:devuelto|no entregado)|error de entrega|notificaci.n de (?:error|fallo|estado)"
    r"|übermittlungsstatus|zustell(?:ungs)?status|état de (?:la )?remise|estado de (?:la )?entrega"
    r"|stato (?:del|di) recapito|status d[ae] entrega|leverans?status|leveringsstatus"
    r"|bezorgingsstatus|stanie dostarcz|stavu doručení|состоянии доставки|配信状況"
    r"|(?:传递|投递)状态"
    r"|unzustellbar|nicht zustell|nicht zugestellt|zustellung|zustellungsfehler|mailzustellung"
    r"|rückläufer|fehlermeldung|non remis|échec (?:de|d.)|non (?:distribu|délivr)|non livr"
    r"|mancat[ao] (?:recapito|consegna)|impossibile (?:recapitare|consegnare)|non recapitabile"
    r"|não (?:entregue|foi possível|é possível entregar)|falha na entrega|devolvid"
    r"|onbestelbaar|niet (?:worden )?(?:bezorgd|afgeleverd)|kan inte leverera|oleverer"
    r"|ka?n ikke leveres"
    r"|kunne ikke leveres|ikke leveret|nu (?:s-a|a) putut (?:fi )?livra|imposibil de livrat"
    r"|neisporu"
    r"|ni mogoče dostaviti|nepiegād|nepristaty|kohale toimetamata|nedoručiteľn|không (?:thể )?gửi"
    r"|ไม่สามารถส่ง|لم يتم تسليم|تعذر (?:ال)?تسليم|غير قابل للتسليم|לא נמסר|לא ניתן ל(?:מסור|מסירה)"
    r"|ei (?:voitu|voida|voi) toimittaa|toimittaminen epäonnistui"
    r"|nie ?(?:została )?(?:doręczon|dostarczon)|niedoręcz|nedoru(?:č|c)iteln|nedoručen"
    r"|kézbesíthetetlen|nelivrat|teslim edileme|iletileme|δεν (?:παραδόθηκε|(?:ήταν|είναι) δυνατή)"
    r"|αδύνατη η παράδοση"
    r"|недостав|не(?:возможно| удается| удалось| вдалося) доставит[иь]|не доставлен|ошибка доставки"
    r"|сбой доставки|не може бути доставлен"
    r"|配信(?:でき|不能|エラー|失敗)|送信(?:エラー|でき|失敗)|配達(?:でき|不能)|不達|届けられ"
    r"|退信|无法(?:投递|传递|送达)|未传递|未送达|無法(?:傳遞|投遞|送達)|未傳遞|投递失败|傳送失敗"
    r"|전송 ?실패|배달(?:되지| ?실패| 못)|반송"
)
# How reports begin, word for word, whoever sent them.
OPENER = re.compile(
    r"this is the (?:qmail-send program|mail(?:er-daemon| system at| delivery agent)"
    r"|postfix program|deliver program|james mail server|email server at|machine generated)"
    r"|this message was created automatically by (?:the )?mail delivery"
    r"|this is an automatically generated delivery status"
    r"|(?:the|a) (?:mail|message|e-?mail)\b[^\n]{0,120}(?:was|has been|could|can) ?not"
    r" (?:be )?deliver"
    r"|following (?:destination )?(?:address(?:es)?|recipients?|message)(?:\(e?s\))?[^\n]{0,40}"
    r"\b(?:had|failed|could not|was undeliverable|has been delayed|did not receive|were)"
    r"|transcript of session follows|delivery to the following recipients?"
    r"|delivery has failed to|did not reach (?:the following|some or all)"
    r"|this message was undeliverable|(?:mail|message) (?:that |which )?you sent[^\n]{0,120}"
    r"(?:could not|undeliverable|was (?:not|rejected)|cannot)"
    r"|unable to deliver (?:your )?(?:mail|message)"
    r"|sorry to have to (?:inform|tell) you that|an error (?:has )?occurred while (?:attempting"
    r"|trying) to deliver|there was an error delivering"
    r"|delivery status notification|i(?:'m| am) afraid i was|failed to deliver"
    r"|your (?:e-?mail|mail|message)\b[^\n]{0,80}\b(?:(?:can|could|was|were|has)(?:n.t| ?not)"
    r" (?:be(?:en)? )?(?:able to be )?(?:deliver|sent)|delayed|undeliverable"
    r"|automatically rejected)"
    r"|the attached (?:message|file|mail)[^\n]{0,40}(?:had|has|could not|failed)"
    r"|trouble delivering your|reporting-mta:"
    r"|(?:unknown|invalid|undeliverable)[^\n]{0,30}(?:user|userid|host|recipient"
    r"|to)\b[^\n]{0,3}\S{1,64}@"
)
# A server's reply: its code with an enhanced status, in whatever language the rest is.
CODE = re.compile(r"(?<![\w.])[45]\d\d[ #-]{1,2}#?[45]\.\d{1,3}\.\d{1,3}\b")
# What the body of a report says somewhere.
FAILURE = re.compile(
    OPENER.pattern
    + r"|could not be (?:delivered|reached|sent)|(?:was|wasn.t|not) (?:been )?delivered"
    r"|permanent (?:fatal )?(?:error|failure)|address (?:couldn.t be|not) found"
    r"|could(?: not|n.t) (?:be )?deliver|undeliverable|unable to deliver|returned to (?:you|sender)"
    r"|user(?: is)? unknown|unknown user|no such (?:user|recipient|mailbox)|delivery errors?"
    r"|(?<!your )mailbox (?:is )?(?:full|unavailable|not found)"
    r"|recipient (?:address )?(?:rejected|unknown|not found|name is not recognized)|over quota"
    r"|unrouteable address|rcpt to:|failure reasons"
    r"|permission to post messages|has not (?:yet )?been delivered|delivery fail"
    r"|account is disabled"
    r"|was blocked by|error-for:|bounce: rcpt=|no se (?:pudo|puede|ha podido) (?:entregar|enviar)"
    r"|no ha(?:n)? (?:podido|sido) (?:ser )?entregad|(?:konnte|wurde|kann)[^\n]{0,60} nicht"
    r"|nicht zugestellt|(?:übermittlung|zustellung)[^\n]{0,40}"
    r"fehlgeschlagen|error en la entrega|fehler bei der (?:nachrichten)?zustellung"
    r"|n.a pas (?:pu )?(?:être|été)"
    r"|échec de (?:la )?(?:remise|distribution)|impossibile recapitare|non (?:è stato|può essere)"
    r" (?:consegnat|recapitat)|falha na entrega|não (?:foi|pôde|pode)[^\n]{0,30}entreg"
    r"|niet (?:worden )?(?:bezorgd|afgeleverd)"
    r"|(?:bezorging|aflevering)[^\n]{0,20}mislukt|kunde inte levereras|kunne ikke leveres"
    r"|nie (?:mog|został)[^\n]{0,40}(?:dor|dost)|nepodařilo doručit|nem (?:sikerült|lehet)"
    r"[^\n]{0,30}"
    r"kézbesíte|teslim edilem|сбой доставки|не (?:может|могло|было|удалось|удается|может\nбыть)"
    r"[^\n]{0,40}(?:достав|отправ|найти)|配信(?:できません|に失敗)|届け(?:られ|でき)|送信できません"
    r"|未能成功(?:投递|送达)|无法(?:投递|将邮件|送达)|被退回|無法(?:投遞|傳遞|將郵件)"
    r"|(?:전송|배달)[^\n]{0,6}(?:실패|못|되지)"
)
# How people begin who write to many.
GREETING = re.compile(
    r"^\W{0,9}(?:dear|hi|hello|hallo|liebe|good (?:morning|afternoon))? ?(?:all|colleagues|everyone"
    r"|everybody|team|folks|kolleg\w{0,9}|chers? \w{3,12}|estimad[oa]s \w{3,12}|list)\b"
)
SUCCESS_SUBJECT = re.compile(
    r"\((?:erfolg\w{0,8}|réussi\w{0,3}|exitos\w|correct\w{0,2}|riuscit\w|geslaagd|успешно|成功)\)"
    r"|\((?:success|relay(?:ed)?|expand(?:ed)?|delivered)\)|success(?:ful)?(?:ly)?\b[^\n]{0,20}"
    r"\b(?:deliver|relay|mail)|^\W*return receipt|^\W*delivered\b"
    r"|^\W*(?:zugestellt|relayed|weitergeleitet|retransmiti(?:do|dos)|retransmis|inoltrato"
    r"|doorgestuurd|remis|entregado|переслано|доставлено"
    r"|中継済み|已中继|已中繼)\s?[:：]"
)
SUCCESS_TEXT = re.compile(
    r"(?:success(?:ful)?(?:ly)?)[^\n]{0,30}(?:deliver(?:ed|y)|relayed|received)"
    r"|erfolgreich (?:zugestellt|übermittelt)|remis(?:e)? avec succès|entregado correctamente"
)
DELAY = re.compile(
    r"(?<!\bno )delay(?:ed|s in)?\b|has not yet been delivered|not been delivered yet"
    r"|will (?:be )?(?:re-?tr(?:y|ied)|keep trying|continue (?:to|for))|still (?:being|trying)"
    r"|warning: (?:message|could not send)|not yet delivered|undelivered (?:for|after)"
    r"|temporar(?:y|ily) (?:failure|problem|unable|error|unavailable)|no action is required"
    r"|(?:will|to) be retried|verzögert|retardé|retrasado|ritardat|задерж|遅延|延迟|延遲"
)
ONLY_WARNS = re.compile(
    r"this is a warning (?:message )?only|do(?: not|n.t) need to re-?send|no action is required"
    r"|only a temporary failure|will be retried (?:until|for)|delivery (?:incomplete|delayed)"
)
FINAL = re.compile(
    r"user unknown|unknown user|no such (?:user|mailbox)|not exist|permanent"
    r"|giv(?:en|ing) up|(?<!non-)fatal|\b5\d\d[ -](?!days?|hours?|bytes|kb)"
    r"|\b5\.\d{1,3}\.\d{1,3}\b"
)
FULL = re.compile(
    r"\b[45]\.2\.2\b|over ?quota|quota (?:is )?(?:exceed|violation|full)|(?:mailbox|inbox|account)"
    r" (?:for \S{1,99} )?(?:is |has )?(?:too )?full|insufficient (?:disk|storage)|mailbox size"
    r"|exceed(?:s|ed)? [^\n]{0,40}(?:size|quota|limit|storage)|(?:over|beyond) (?:its|the|his)"
    r"[^\n]{0,20}(?:limit|quota)|exceeded storage|postfach[^\n]{0,30}voll|bo.te[^\n]{0,40}pleine"
    r"|buz.n[^\n]{0,40}llen|casella[^\n]{0,30}piena|caixa[^\n]{0,30}cheia|переполнен"
    r"|溢れ|満杯|いっぱい|已满|已滿|超过[^\n]{0,10}容量|용량[^\n]{0,10}초과"
)
REFUSED = re.compile(r"(?<![\w.])5(?:\.\d{1,3}\.\d{1,3}|[05]\d)(?![\w.])|#5\.\d")
TEMPORARY = re.compile(r"(?<![\w.])4(?:\.\d{1,3}\.\d{1,3}|[25]\d)(?![\w.])|#4\.\d")

# Where the returned message begins, by a line that says so.
RETURNED = re.compile(
    r"^[-= >*|]{0,80}(?:(?:below|beneath|here|this)[^\n]{0,40}(?:copy|line|original|returned)"
    r"|(?:start of )?(?:the )?(?:returned|original|unsent|undelivered|rejected|non-delivered"
    r"|failed)[ -](?:mail|message|e-?mail)(?:(?: header| text)?s?(?: attached)?(?: is)?"
    r"(?: follow(?:s|ing)?)?(?: below)?(?: this line)?)?[:.]?[-= *|]{0,80}$"
    r"|(?:message|mail|text of the message|possibly truncated original message)[^\n]{0,12}"
    r" (?:header |text )?(?:contents )?follows?"
    r"|included is a copy|(?:a )?copy of the (?:original )?message|(?:original )?message headers?"
    r" follow|the (?:header|following is the)[^\n]{0,40}(?:original|message)|enclosed is"
    r"|original message (?:headers?|follows)|a continuacion una copia|unterhalb dieser"
    r"|(?:messaggio|mensaje|message) original|ursprüngliche nachricht|originalnachricht"
    r"|en-têtes de message d|encabezados de mensajes? original|intestazioni originali"
    r"|cabeçalhos originais|元のメッセージ|原始邮件(?:头|标题)|original-?nachricht)",
    re.I | re.M,
)
