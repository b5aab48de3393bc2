"""What acknowledgements, receipts, challenges and newsletters write: see stock_phrases."""

from gateway.reading.automatic.stock_phrases import Phrases

# An answer to a calendar's invitation, by its program.
CALENDAR_SUBJECTS = Phrases("""
    accepted: | declined: | tentative: | tentatively accepted: | zugesagt: | abgesagt: |
    abgelehnt: | angenommen: | mit vorbehalt: | vorläufig zugesagt: | accepté : | accepté: |
    refusé : | refusé: | provisoire : | aceptada: | aceptado: | rechazada: | rechazado: |
    provisional: | aceito: | aceite: | recusado: | accettato: | accettata: | rifiutato: |
    provvisorio: | geaccepteerd: | geweigerd: | voorlopig: | zaakceptowano: | odrzucono: |
    přijato: | odmítnuto: | prijaté: | elfogadva: | elutasítva: | accepterat: | avböjt: |
    accepteret: | afvist: | godtatt: | avslått: | hyväksytty: | hylätty: | kabul edildi: |
    reddedildi: | принято: | под вопросом: | отклонено: | прийнято: | 承諾: | 辞退: | 已接受: |
    已拒绝: | 수락: | 거절: | updated invitation: | invitation accepted:
""")

# A mail program says that a letter was shown, deleted or has come in.
RECEIPT_SUBJECTS = Phrases("""
    leída: | no leída: | entregada: | mostrado: | mostrada: | affiché : | affiché: |
    visualizzato: | weergegeven: | angezeigt: | wyświetlono: | zobrazeno: | visad: | vist: |
    näytetty: | recebido: | recibido: | ricevuto: | received: | empfangen: | reçu : | ontvangen: |
    receipt notification | status: read | read: | not read: | read | delivered: | displayed: |
    opened: | deleted: | return receipt | read receipt | disposition notification | receipt: |
    read notification | message read | gelesen: | nicht gelesen: | ungelesen gelöscht: |
    zugestellt: | lesebestätigung | empfangsbestätigung (angezeigt) | empfangsbestätigung | lu : |
    lu: | non lu : | non lu: | remis : | remis: | accusé de lecture | confirmation de lecture |
    accusé de réception (affiché) | leído: | no leído: | entregado: | confirmación de lectura |
    lida: | lido: | não lida: | entregue: | recibo de leitura | confirmação de leitura | letto: |
    letta: | non letto: | recapitato: | conferma di lettura | ricevuta di ritorno |
    ricevuta di lettura | gelezen: | niet gelezen: | bezorgd: | leesbevestiging |
    ontvangstbevestiging | przeczytano: | przeczytane: | nieprzeczytane: | dostarczono: |
    potwierdzenie przeczytania | přečteno: | nepřečteno: | doručeno: | potvrzení o přečtení |
    prečítané: | doručené: | elolvasva: | olvasatlan: | kézbesítve: | citit: | necitit: |
    livrat: | прочитано: | не прочитано: | доставлено: | уведомление о прочтении | підтвердження |
    izlasīts: | perskaityta: | loetud: | luettu: | toimitettu: | lukukuittaus | läst: | oläst: |
    levererat: | läskvitto | læst: | ikke læst: | leveret: | lest: | ikke lest: | levert: |
    lesebekreftelse | okundu: | okunmadı: | teslim edildi: | διαβάστηκε: | αναγνώστηκε: |
    παραδόθηκε: | נקרא: | נמסר: | مقروءة: | قراءة: | تم التسليم: | 開封済み: | 既読: | 開封確認 |
    配信済み: | 已读: | 已讀: | 未读: | 已送达: | 阅读回执 | 讀取回條 | 읽음: | 배달됨: |
    수신 확인 | llegit: | prebrano: | pročitano: | dostavljeno: | прочетено: | đã đọc: | dibaca: |
    terkirim:
""")
RECEIPT = Phrases("""
    confirmação de leitura | confirmation de lecture | confirmación de lectura |
    conferma di lettura | lesebestätigung | leesbevestiging | potwierdzenie przeczytania |
    potvrzení o přečtení | läskvitto | lesebekreftelse | lukukuittaus | уведомление о прочтении |
    was read | has been read | was displayed | been displayed | was opened on | been opened |
    without being read | was deleted | return receipt | read receipt | this is a receipt |
    a receipt for the | no guarantee that the message | delivered to the following |
    has been delivered | was delivered | been successfully delivered | been received by |
    was received by | gelesen | angezeigt | ungelesen | zugestellt | empfangsbestätigung für |
    été lu | a été affiché | a été remis | sans être lu | accusé de réception | fue leíd |
    se ha leído | se leyó | ha sido leíd | sin leer | se mostró | ha sido entregad | foi lid |
    foi exibid | foi entregue | sem ser lid | è stato letto | stata letta | visualizzat |
    stato recapitato | senza essere lett | gelezen | weergegeven | przeczytan | wyświetlon |
    dostarczon | přečten | zobrazen | doručen | prečítan | elolvas | megjelen | kézbesít | citit |
    afișat | прочитан | отображен | доставлен | прочетен | lästes | har lästs | visades |
    blev læst | er læst | ble lest | er lest | luettu | okundu | teslim edil | διαβάστηκε |
    αναγνώ | נקרא | قراءة | 開封 | 読まれ | 表示され | 阅读 | 讀取 | 已读 | 읽 | llegit |
    prebran | pročitan | đọc | dibaca
""")

# Whoever writes must first show that he is a person.
CHALLENGE = Phrases("""
    was waitlisted | add yourself to | guest list | has been waitlisted | to be added to my list |
    request to be added to my | uses a challenge | challenge: | to have your mail delivered |
    to have your message delivered | leaving the subject intact | leave the subject intact |
    to get on my list | only accept mail from people | accept mail only from people |
    your message will be delivered as soon as | original message will be delivered |
    bestätigen sie ihre e-mail | bestätigen sie ihre mail | bestätigen sie, dass |
    wird zurückgehalten, bis | nur einmal nötig | nur einmal notwendig | please verify yourself |
    click the link so i can receive | prove that you | requires registration |
    complete the short registration | est retenu jusqu | queda retenido | a fini de livrer |
    until you confirm | until you reply to this | confirm your message |
    confirm that your message | confirm your e-mail | confirm your email | confirm this message |
    confirm that you sent | confirm you sent | confirm that you are | confirm your identity |
    confirm you are | message delivery confirm | confirm delivery | verify your email |
    verify your e-mail | verify your address | verify that you are | verify your identity |
    verify yourself | prove you are | prove that you are | you are human | you are a human |
    you're human | you are a real person | requires verification | verification required |
    requires confirmation | awaiting confirmation | awaiting approval |
    awaiting your confirmation | confirmation request | has been quarantined until |
    held until you | sender verification | sender authentication | sender confirmation |
    sender address verification | allowed senders | approved senders | approved sender |
    just this once | only have to do this once | need to do this once | do this only once |
    will not have to do this again | won't have to do this again | to be delivered you must |
    before your message | in order to deliver your | complete your delivery |
    first time you have | first message from you | never received mail from you |
    not received mail from you | do not recognize your | bestätigen sie ihre nachricht |
    bestätigen sie bitte | ihre nachricht wird zurückgehalten | nachricht bestätigen |
    confirmer votre message | confirmez votre message | confirmer votre envoi |
    confirmer l'envoi | vous authentifier | authentification de votre | confirme su mensaje |
    confirmar su mensaje | confirme su correo | confirmar el envío | confirmar sua mensagem |
    confirme sua mensagem | confirmar o envio | confirmação de mensagem |
    conferma il tuo messaggio | confermare il messaggio | conferma l'invio | bevestig uw bericht |
    uw bericht te bevestigen | potwierdź wysłanie | potwierdzić wysłanie | potvrďte odeslání |
    подтвердите отправку | подтверждение отправки | подтвердить отправку | подтвердите, что вы |
    bekräfta ditt | bekræft din | bekreft meld | 送信者確認 | 请确认您的邮件 | 確認您的郵件 |
    action required: confirm | please confirm this mail
""")
# What people write of, too.
CHALLENGE_WORDS = Phrases("""
    not a spammer | personal whitelist | не робот | kein roboter | no es un robot | no es spam |
    pas un robot | não é um robô | un robot | this challenge | click the link | click here |
    reply to this | auf diese e-mail antworten | whitelist | white list | safe list | guest list |
    allowed list | approved list | spamblocker | spam blocker | spam arrest | spamarrest | boxbe |
    mailblocks | choicemail | digiportal | active spam killer | tagged message delivery | tmda |
    knowspam | qconfirm | sendio | bluebottle | 0spam | vanquish | antispam uol | anti-spam uol |
    one-time | unknown sender | is being held | has been held | not a robot | kein spam |
    challenge response | challenge-response | challenge/response
""")

# What stands at the foot of newsletters.
UNSUBSCRIBE = Phrases("""
    unsubscribe | opt out | opt-out | stop receiving | remove yourself | be removed from |
    email preferences | manage your preferences | update your preferences | abmelden |
    abbestellen | austragen | désabonner | désinscrire | desinscrire | darse de baja |
    darte de baja | cancelar la suscripción | cancelar suscripción | cancelar a inscrição |
    descadastrar | cancelar subscrição | disiscriver | cancella iscrizione |
    annulla l'iscrizione | cancellarti | uitschrijven | afmelden | wypisz | wypisać |
    rezygnacja z subskrypcji | odhlásit | odhlásiť | leiratkoz | dezabon | отписаться |
    отказаться от рассылки | відписатися | atrakstīties | atsisakyti | tühista tellimus | loobu |
    peruuta tilaus | avregistrera | avsluta prenumeration | afmeld | meld deg av | avmeld |
    abonelikten | κατάργηση εγγραφής | διαγραφή από | להסרה | إلغاء الاشتراك | 配信停止 |
    購読解除 | 退订 | 取消订阅 | 取消訂閱 | 수신거부 | odjav | отпиш | hủy đăng ký |
    berhenti berlangganan
""")
NEWSLETTER = Phrases("""
    view in browser | view in your browser | view this email | view it in | view online |
    web version | online version | having trouble viewing | can't see this | cannot see this |
    you are receiving this | you're receiving this | you received this | this email was sent to |
    this message was sent to | this e-mail was sent to | was sent to you | because you signed up |
    because you subscribed | all rights reserved | privacy policy | copyright | © | terms of use |
    im browser | sie erhalten diese | diese e-mail wurde an | newsletter | datenschutz |
    dans votre navigateur | vous recevez cet | vous recevez ce | version en ligne |
    en su navegador | en tu navegador | ha recibido este | recibes este | política de privacidad |
    no navegador | você está recebendo | você recebeu este | nel browser | ricevi questa |
    hai ricevuto questa | in uw browser | in je browser | u ontvangt deze | je ontvangt deze |
    w przeglądarce | otrzymujesz | otrzymałeś | v prohlížeči | v prehliadači | böngésző |
    în browser | в браузере | вы получили это | у браузері | pārlūk | naršykl | brauser |
    selaimessa | i webbläsaren | din webbläsare | i browseren | din browser | i nettleser |
    tarayıcı | πρόγραμμα περιήγησης | בדפדפן | المتصفح | ブラウザ | メルマガ | 浏览器 | 瀏覽器 |
    브라우저 | v brskalniku | u pregledniku | в браузър | trình duyệt | di browser
""")

# A machine says that it is one: in the first words, or anywhere for the clearer ones.
AUTOMATED = Phrases("""
    automatische empfangsbestätigung | automatische bestätigung | automatische mitteilung |
    automatische meldung | automatische benachrichtigung | notification automatique |
    avis automatique | confirmación automática | notificación automática | aviso automático |
    confirmação automática | notificação automática | conferma automatica | notifica automatica |
    avviso automatico | automatische bevestiging | automatische melding |
    automatyczne potwierdzenie | automatyczne powiadomienie | automatické potvrzení |
    automatické potvrdenie | automatické oznámení | automatikus visszaigazol |
    automatikus értesít | confirmare automată | notificare automată | automatisk bekræftelse |
    automatisk bekreftelse | automatisk bekräftelse | automatisk kvittering | otomatik bildirim |
    αυτόματη ειδοποίηση | 自動配信 | 自动通知 | this is an automat | this is an auto |
    this is automat | this message is automat | this e-mail is automat | this email is automat |
    this is a system generated | this is a system-generated | this is a computer generated |
    this is a computer-generated | automated response | automatic response | automated reply |
    automatic reply | automatic acknowledg | automated acknowledg | automatically generated |
    auto-generated | auto generated | autogenerated | generated automatically |
    sent automatically | automated message | automatic message | automated e-mail |
    automated email | automated notification | automatic notification | automated system |
    auto-reply | autoresponder | auto-responder | autoreply | automated mail | automatic mail |
    automatische antwort | automatisch generiert | automatisch erzeugt | automatisch erstellt |
    automatisch versend | automatisch verschickt | automatische nachricht | automatische e-mail |
    automatische eingangsbestätigung | automatische abwesenheit | systemgenerierte |
    réponse automatique | message automatique | généré automatiquement | envoyé automatiquement |
    e-mail automatique | mail automatique | courriel automatique | accusé de réception auto |
    générée automatiquement | envoyée automatiquement | respuesta automática |
    mensaje automático | correo automático | generado automáticamente | enviado automáticamente |
    respuesta generada | mensaje generado | mensaje ha sido generado | resposta automática |
    mensagem automática | gerado automaticamente | gerada automaticamente |
    enviada automaticamente | e-mail automático | email automático | resposta automàtica |
    generat automàticament | missatge automàtic | risposta automatica | messaggio automatico |
    generato automaticamente | inviato automaticamente | generata automaticamente |
    inviata automaticamente | e-mail automatica | mail automatica | automatisch antwoord |
    automatisch gegenereerd | automatisch bericht | automatisch verzonden |
    automatische ontvangst | wiadomość automatyczn | odpowiedź automatyczn |
    automatyczna odpowiedź | automatyczna wiadomość | wygenerowan | wysłana automatycznie |
    automatická odpově | automatická odpove | automaticky generov | automaticky vygenerov |
    automatická zpráva | automatická správa | zaslána automaticky | automaticky odesl |
    automatikus válasz | automatikus üzenet | automatikusan | automata üzenet | răspuns automat |
    mesaj automat | generat automat | mesaj generat | автоматический ответ | автоматическое |
    автоматически | автоответ | сформировано автом | автоматична відповідь | автоматичне |
    автоматично | автоматичен отговор | автоматичен | automātisk | automatinis | automatiškai |
    automaatne | automaatvastus | automaatselt | automaattinen | automaattivastaus |
    automaattisesti | autosvar | automatiskt svar | automatiskt meddelande |
    automatiskt genererat | automatisk svar | automatisk besked | automatisk genereret |
    automatisk generert | automatisk melding | automatiskt mail | automatisk mail |
    automatisk e- | otomatik yanıt | otomatik bir | otomatik olarak | otomatik mesaj |
    otomatik cevap | αυτόματη απάντηση | αυτόματο μήνυμα | αυτοματοποιημέν | αυτόματα |
    מענה אוטומטי | הודעה אוטומטית | אוטומטי | رد تلقائي | رد آلي | رسالة تلقائية | رسالة آلية |
    تلقائي | 自動応答 | 自動返信 | 自動送信 | 自动回复 | 自動回覆 | 自动发送 | 系统自动 |
    系統自動 | 自动生成 | 자동 회신 | 자동 응답 | 자동으로 | 자동 발송 | samodejni odgovor |
    samodejno | automatski odgovor | automatski gener | automatska poruka | trả lời tự động |
    tự động | balasan otomatis | secara otomatis | pesan otomatis
""")

# What was written has come in.
RECEIVED = Phrases("""
    thank you for your recent | thank you for your correspondence | thanks for contacting |
    we appreciate your | avons recu votre | votre demande a | nous accusons | queda registrad |
    quedó registrad | hemos registrad | ваше письмо получено | письмо получено | 受領 | 已经收到 |
    邮件已收到 | we have received | we've received | we received your | has been received |
    was received | have been received | is received | received your | acknowledge receipt |
    acknowledges receipt | acknowledging receipt | acknowledgement of receipt |
    acknowledgment of receipt | confirm receipt | confirms receipt | thank you for contacting |
    thank you for your e | thanks for your e | thank you for your mail | thank you for your m |
    thanks for your m | thank you for your inq | thank you for your enq |
    thank you for your request | thank you for your interest | thank you for your feedback |
    thank you for your comments | thank you for your submission | thank you for your report |
    thank you for submitting | thank you for writing | thank you for reaching | thank you for e |
    thanks for reaching | thank you for your question | thank you for your support request |
    ticket has been | ticket was created | request received | request has been | case has been |
    inquiry has been | enquiry has been | message has been forwarded to | eingangsbestätigung |
    empfangsbestätigung | eingegangen | erhalten | vielen dank für | danke für |
    bestätigen den eingang | wurde erstellt | wurde angelegt | avons bien reçu | bien été reçu |
    bien reçu | accusé de réception | accusons réception | merci de votre message |
    merci pour votre | nous vous remercions | été enregistré | a été créé |
    merci d'avoir contacté | merci de nous avoir | hemos recibido | recibimos su |
    ha sido recibid | se ha recibido | hemos registrado | gracias por contact |
    gracias por escrib | gracias por su | gracias por comunic | acuse de recibo |
    acusamos recibo | ha sido registrad | ha sido cread | recebemos | foi recebid |
    foi registrad | obrigado por | agradecemos o seu | foi abert | foi criad |
    agradecemos o contato | hem rebut | gràcies per | abbiamo ricevuto | è stata ricevuta |
    è stato ricevuto | grazie per | stata presa in carico | è stata registrata | ricevuta di |
    conferma di ricezione | hebben uw | is ontvangen | ontvangen | ontvangstbevestiging |
    bedankt voor | hartelijk dank | otrzymaliśmy | została przyjęt | zostało przyjęt |
    dziękujemy za | potwierdz | zostało zarejestrowan | zgłoszenie zostało | obdrželi jsme |
    byla přijata | byl přijat | děkujeme | přijali jsme | potvrzujeme | prijali sme |
    bola prijatá | ďakujeme | potvrdzujeme | byl zaregistrován | dostali sme | megkaptuk |
    megérkezett | köszönjük | rögzítettük | beérkezett | am primit | a fost primit |
    a fost înregistrat | vă mulțumim | mulțumim pentru | получено | получили | принято | принята |
    зарегистрирован | спасибо за | благодарим | ваше обращение | ваш запрос | отримали |
    отримано | зареєстрован | дякуємо | ваше звернення | esam saņēmuši | saņemts | saņemta |
    paldies par | reģistrēt | gavome | gautas | gauta | užregistruot | dėkojame | oleme saanud |
    on kätte saadud | täname | on registreeritud | olemme vastaanottaneet | on vastaanotettu |
    kiitos | on saapunut | vi har mottagit | tack för | har mottagits | har tagits emot |
    har registrerats | vi har modtaget | er modtaget | tak for | vi har mottatt | er mottatt |
    takk for | har mottatt | er registreret | er registrert | tarafımıza ulaş | alınmıştır |
    bize ulaş | teşekkür ederiz | oluşturul | mesajınızı aldık | λάβαμε | παραλήφθηκε | ελήφθη |
    ευχαριστούμε | καταχωρ | התקבלה | קיבלנו | תודה על פנייתך | תודה שפנית | פנייתך | تم استلام |
    استلمنا | شكرا لتواصلك | شكراً لتواصل | لقد تلقينا | تم تسجيل | 受け付け | 受付 | 承りました |
    お問い合わせいただき | 受信しました | ありがとうございます | 已收到 | 我们收到 | 我們收到 |
    感谢您的来信 | 感謝您的來信 | 已受理 | 感谢您联系 | 感谢您的 | 접수되었 | 접수 되었 | 접수됐 |
    문의해 주셔서 | 감사합니다 | prejeli smo | je bilo prejeto | zahvaljujemo | zaprimljen |
    primili smo | zaprimili | получихме | đã nhận được | đã được tiếp nhận | cảm ơn bạn đã |
    cảm ơn quý | telah kami terima | telah diterima | terima kasih telah | kami telah menerima
""")

# An address that nobody reads.
NOBODY_READS = Phrases("""
    do not reply to this | don't reply to this | do not respond to this | do not reply directly |
    not reply to this | please do not reply | do not reply | not respond to this |
    this mailbox is not monitored | mailbox is not monitored | is not monitored | unmonitored |
    not monitored | replies to this | responses to this | cannot accept incoming | send-only |
    send only address | outgoing only | nobody reads | nicht auf diese | antworten sie nicht |
    bitte nicht antworten | ne pas répondre | ne répondez pas | no responda | no conteste |
    não responda | non rispondere | niet te beantwoorden | niet op dit bericht | nie odpowiada |
    neodpovídejte | neodpovedajte | ne válaszoljon | nu răspundeți | не отвечайте |
    не відповідайте | neatbildiet | neatsakykite | ärge vastake | älä vastaa | svara inte |
    svar ikke | ikke svare | ikke svar på | yanıtlamayınız | cevaplamayınız | μην απαντ |
    אין להשיב | الرجاء عدم الرد | 返信しないで | 返信いただいても | 请勿回复 | 請勿回覆 |
    회신하지 | 발신전용 | 発信専用 | 送信専用 | ne odgovarjajte | ne odgovarajte |
    не отговаряйте | không trả lời | jangan membalas
""")

# What asks for no answer to the very message that it closes, whoever sent that.
NO_ANSWER = Phrases("""
    do not reply to this | don't reply to this | don’t reply to this | do not respond to this |
    do not reply directly to this | do not answer this message | do not answer this e-mail |
    antworten sie nicht auf diese | nicht auf diese e-mail | nicht auf diese nachricht |
    ne répondez pas à ce | ne pas répondre à ce | no responda a este | no conteste a este |
    não responda a est | non rispondere a quest | niet op dit bericht | niet op deze e-mail
""")

# When an answer can be expected, or where the matter now stands: an office's machine, not a person.
PROMISES = Phrases("""
    sous 24 | sous 48 | dans un délai | prevents a personal | personal response | personally |
    en un plazo | in un plazo | entro 24 | entro 48 | binnen 24 | binnen 48 | innerhalb von |
    innerhalb 24 | w ciągu | do 24 hod | do 48 hod | в течение | протягом | inom 24 | inom 48 |
    inden for | innen 24 | saat içinde | ticketnr | vorgangsnr | protocolo | número de caso |
    ihre ticketnummer | werktag | jours ouvrés | 48h | 24h | as soon as possible | within 24 |
    within 48 | within one | within two | within 1 | within 2 | within 3 | within 5 |
    business day | working day | business hours | working hours | will respond |
    will be in touch | will get back | get back to you | will contact you | will review |
    will be reviewed | will be answered | shortly | ticket | case number | reference number |
    reference id | tracking number | case id | request id | request number | one of our |
    a member of our | our staff | our team | our support | volume of | _faq |
    so schnell wie möglich | schnellstmöglich | in kürze | bearbeitungsnummer | vorgangsnummer |
    ticketnummer | plus brefs délais | meilleurs délais | numéro de | dans les 24 | lo antes |
    a la brevedad | número de | mais breve | assim que possível | em breve | al più presto |
    prima possibile | numero di | zo spoedig mogelijk | zo snel mogelijk | jak najszybciej |
    numer zgłoszenia | co nejdříve | čo najskôr | a lehető leg | hamarosan | cât mai curând |
    în cel mai scurt | в ближайшее | номер обращения | найближч | pēc iespējas | tuvākajā |
    artimiausi | kaip įmanoma | esimesel võimalusel | mahdollisimman pian | så snart | så fort |
    hurtigst muligt | snarest | en kısa sürede | το συντομότερο | בהקדם | في أقرب | 早急に |
    折り返し | 担当者 | 营业日 | 工作日 | 尽快 | 盡快 | 빠른 시일 | najkrajšem | u najkraćem |
    възможно най-скоро | sớm nhất | secepatnya | sesegera
""")

# Somebody tells colleagues, not whoever writes to him.
TO_COLLEAGUES = Phrases("""
    hi all | hello all | dear all | _all, | hi everyone | hello everyone | hi everybody |
    everyone, | hi team | hello team | dear team | _team, | hi folks | folks | hey folks |
    hey all | hi guys | guys, | hey team | dear colleagues | colleagues | dear list |
    just a note | just a heads | heads up | _fyi | hallo zusammen | hallo alle | liebe kolleg |
    hi zusammen | hallo team | bonjour à tous | bonjour a tous | salut tout le monde |
    chers collègues | hola a todos | hola todos | buenos días a todos | estimados compañeros |
    olá a todos | oi pessoal | pessoal | ciao a tutti | salve a tutti | cari colleghi |
    beste collega | hallo allemaal | hoi allemaal | cześć wszystkim | witam wszystkich |
    ahoj všichni | sziasztok | всем привет | коллеги | уважаемые коллеги | hej alla | hej alle |
    hei alle | hei kaikki | moi kaikki | herkese merhaba | arkadaşlar | 皆さん | 各位 | 皆様 |
    大家好
""")
