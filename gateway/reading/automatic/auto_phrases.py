"""How autoresponders say that somebody is away, in many languages: see stock_phrases.

Add a language by adding to each table.
"""

from gateway.reading.automatic.stock_phrases import Phrases

# A subject that begins, or ends in brackets, with one of these is a machine's: mail programs
# write it before the subject that they answer.
REPLY_SUBJECTS = Phrases("""
    this mailbox is no longer monitored | mailbox no longer monitored | mailbox not monitored |
    unmonitored mailbox | this mailbox is not monitored | this email address is no longer in use |
    vacation rule reply | vacation rule | rule reply | mensaje de ausencia |
    mensaje por ausencia | notificación de vacaciones | mensagem de ausência |
    messaggio di assenza | bericht van afwezigheid | afwezigheidsnotitie |
    wiadomość o nieobecności | oznámení o nepřítomnosti | сообщение об отсутствии |
    уведомление об отсутствии | message d'absence automatique | abwesenheitsbenachrichtigung |
    abwesenheitshinweis | automatische benachrichtigung | automatische rückmeldung |
    automatisch generierte | automatisch erstellte antwort | réponse automatisée |
    risposta automatizzata | resposta automatizada | auto-svar | auto svar | autosvar fra |
    automatický odpovedač | 不在連絡 | 不在通知 | automatic out of office reply |
    automatic out of office response | automatic out of office | automated out of office |
    auto out of office | automated email response | automated message | automatic message |
    automatic reply | automatic response | automated reply | automated response |
    automatically generated reply | auto-reply | auto reply | autoreply | auto-response |
    auto response | autoresponse | autoresponder | auto responder | auto-responder |
    auto-generated reply | out of office autoreply | out of office auto-reply |
    out of office reply | out of office response | out-of-office reply |
    out of office notification | out of office message | out of office automatic reply |
    vacation reply | vacation response | vacation message | vacation notice |
    vacation notification | away message | away notice | automatic acknowledgement |
    automated acknowledgement | auto acknowledgement | auto-acknowledgement |
    automatische antwort | automatische rückantwort | automatisch generierte antwort |
    automatische abwesenheitsnotiz | automatische abwesenheitsmeldung |
    automatische empfangsbestätigung | abwesenheitsnotiz | abwesenheitsmeldung |
    abwesenheitsnachricht | abwesenheitsagent | abwesenheitsassistent | autoantwort |
    automatische eingangsbestätigung | urlaubsbenachrichtigung | urlaubsmeldung |
    réponse automatique | message automatique | réponse auto | absence du bureau |
    message d'absence | notification d'absence | avis d'absence | respuesta automática |
    respuesta automatizada | autorespuesta | contestación automática | contestador automático |
    aviso de ausencia | notificación de ausencia | mensaje automático | resposta automática |
    resposta automàtica | mensagem automática | autoresposta | aviso de ausência |
    notificação de ausência | resposta de férias | missatge automàtic | risposta automatica |
    messaggio automatico | avviso di assenza | notifica di assenza | automatisch antwoord |
    automatisch bericht | automatische beantwoording | afwezigheidsbericht | afwezigheidsmelding |
    afwezigheidsassistent | automatyczna odpowiedź | odpowiedź automatyczna | autoodpowiedź |
    auto odpowiedź | wiadomość automatyczna | informacja o nieobecności |
    powiadomienie o nieobecności | automatická odpověď | automatická odpoveď |
    automatická zpráva | automatická správa | automatikus válasz | automatikus üzenet |
    házon kívül | távolléti értesítés | răspuns automat | mesaj automat | автоматический ответ |
    автоответ | автоматичен отговор | автоматична відповідь | автоматична вiдповiдь |
    автовідповідь | автоотговор | автоматски одговор | автоматическое уведомление |
    автоматическое сообщение | automātiskā atbilde | automātiska atbilde |
    automātiskais ziņojums | autoatbilde | automatinis atsakymas | automatinis pranešimas |
    automaatne vastus | automaatvastus | automaatteade | automaattinen vastaus |
    automaattivastaus | poissaoloilmoitus | lomavastaus | autosvar | automatiskt svar |
    automatisk svar | frånvaromeddelande | automatsvar | fraværsmelding | fraværsbesked |
    fraværsmeddelelse | fravær fra kontoret | automatisk besvarelse | ikke til stede: automatisk |
    sjálfvirkt svar | otomatik yanıt | otomatik cevap | otomatik mesaj | αυτόματη απάντηση |
    αυτόματο μήνυμα | απάντηση εκτός γραφείου | מענה אוטומטי | תשובה אוטומטית | תגובה אוטומטית |
    הודעה אוטומטית | رد تلقائي | الرد التلقائي | رد آلي | پاسخ خودکار | 自動応答 | 自動返信 |
    自動回覆 | 自动回复 | 自动答复 | 自动应答 | 自動答覆 | 不在届 | 不在のお知らせ | 自动答覆 |
    休假自动回复 | 자동 회신 | 자동회신 | 자동 응답 | 자동응답 | 부재 중 알림 | 부재중 알림 |
    부재중 자동 응답 | 부재 중 자동 회신 | samodejni odgovor | samodejno sporočilo |
    automatski odgovor | automatska poruka | thư trả lời tự động | trả lời tự động |
    phản hồi tự động | balasan otomatis | jawaban otomatis | balas otomatis | balasan automatik |
    ตอบกลับอัตโนมัติ | स्वचालित उत्तर | erantzun automatikoa
""")

# These people write too: the text decides.
AWAY_SUBJECTS = Phrases("""
    ute av kontoret | borta från kontoret | ej på plats | ikke tilgjengelig | ikke tilgængelig |
    toimistolla | en vacaciones | fora de l | out of town | gone fishing | back on | unavailable |
    not available | buiten kantoor | praxis geschlossen | büro geschlossen | betriebsferien |
    fermeture | chiusura | cerrado | gesloten | nu sunt | absent jusqu | en déplacement |
    momentálně | betriebsurlaub | out of office | out of the office | out-of-office |
    out of my office | not in the office | ooo | oof | on vacation | vacation | on leave |
    on holiday | on annual leave | away | i am away | i'm away | i am out | i'm out | i am on |
    i'm on | holiday | leave | maternity leave | parental leave | absence | absent |
    office closed | no longer with | no longer at | change of address | new email address |
    address change | i have moved | abwesenheit | abwesend | nicht im büro | nicht im hause |
    außer haus | urlaub | ich bin | en congé | congé | congés | hors du bureau | en vacances |
    je suis | fuera de la oficina | fuera de oficina | ausente | ausencia | de vacaciones |
    vacaciones | fora do escritório | ausência | férias | em férias | fora de l'oficina |
    absència | vacances | fuori sede | fuori ufficio | assenza | assente | in ferie | ferie |
    afwezig | afwezigheid | niet aanwezig | vakantie | nieobecność | nieobecna | nieobecny |
    poza biurem | urlop | nepřítomnost | mimo kancelář | dovolená | neprítomnosť |
    mimo kancelárie | dovolenka | szabadság | szabadságon | nem vagyok | absență | în concediu |
    concediu | plecat din birou | нет на месте | вне офиса | отсутствие | отпуск | в отпуске |
    меня нет | поза офісом | відпустка | у відпустці | prombūtne | prombūtnē | ārpus biroja |
    atvaļinājums | atvaļinājumā | nesu biure | atostogos | atostogose | puhkus | puhkusel |
    kontorist väljas | eemal | poissa | poissaolo | lomalla | en ole paikalla | frånvaro |
    frånvarande | ej på kontoret | semester | på semester | fravær | fraværende |
    ikke på kontoret | ikke til stede | på ferie | ofis dışında | ofis dışındayım | izindeyim |
    yıllık izin | εκτός γραφείου | απουσία | σε άδεια | מחוץ למשרד | בחופשה | خارج المكتب |
    في إجازة | 不在 | 休暇 | 休假 | 外出 | 不在办公室 | 不在辦公室 | 부재중 | 부재 중 | 휴가 |
    odsotnost | odsoten | odsotna | dopust | odsutnost | izvan ureda | godišnji odmor |
    отсъствие | извън офиса | отпуска | vắng mặt | nghỉ phép | di luar kantor | cuti |
    sedang cuti
""")

# Somebody is not there.
AWAY = Phrases("""
    mailbox is closed | mailbox is no longer | mailbox has been closed | address is no longer |
    account is no longer | mailbox no longer | verlof | licencia médica | licença médica |
    nem vagyok elérhető | budem opäť | budu opět | budu zpět | ute av kontoret | koulutuksessa |
    fuori per | macierzyńsk | wychowawcz | mateřsk | rodičovsk | szülési | świadczeni |
    in trasferta | de permiso | de reposo | baja médica | em licença | fora do país |
    currently abroad | out of the country | out of town | away this week | away next |
    back on the | back in the office | be back on | in the field | en arrêt maladie |
    no me encuentro disponible | no estaré disponible | no podré responder |
    não poderei responder | não estarei disponível | non sono disponibile | non sarò disponibile |
    rimarrà chius | na zwolnieniu | na služební cestě | zaneprázdněn | tjänstledig | sjukskriven |
    sykmeldt | sygemeldt | not available until | unavailable until | will be unavailable |
    am unavailable | currently unavailable | nicht besetzt | bin verreist | en stage |
    krankgeschrieben | in mutterschutz | im krankenstand | auf reisen | auf fortbildung |
    left the | limited availability | reduced hours | not work on | working hours are |
    on a conference | op congres | vender tilbage | am on maternity | off sick | on jury duty |
    in meetings all | in training | at an offsite | traveling with | travelling with |
    bleibt geschlossen | ist geschlossen | geschlossen bis | bleiben geschlossen |
    sind geschlossen | fermé du | fermés du | fermé jusqu | fermés jusqu | est fermé |
    sera fermé | estará cerrado | estaremos cerrados | permaneceremos cerrados | estará fechad |
    estaremos fechados | è chiuso | sarà chiuso | resterà chiuso | saremo chiusi | is gesloten |
    zijn gesloten | zamknięte | zavřeno | zatvorené | zárva tart | este închis | закрыт |
    зачинен | holder lukket | stengt | har stängt | suljettu | kapalıyız | παραμένει κλειστ |
    buiten kantoor | ben ik vrij | _vrij en lees | jestem poza | urlaubsbedingt | nicht gelesen |
    ne consulte pas | is traveling | is travelling | is away | is on vacation | is on leave |
    is out of | out of the office | out of office | out-of-office | out of my office |
    not in the office | away from the office | away from my | away from work | away on |
    away until | am away | be away | i'm away | away at the moment | on vacation | on holiday |
    on leave | on annual leave | _is away | on maternity | on paternity | on parental |
    on sick leave | maternity leave | parental leave | on sabbatical | on pto | on travel |
    am travelling | am traveling | be travelling | be traveling | on a business trip |
    at a conference | limited access to | no access to e | no access to my | without access to |
    i will return | i'll return | i return | my return | i will be back | i'll be back |
    when i get back | when i return | be returning | currently out | currently away |
    will be out | office is closed | office will be closed | offices are closed | we are closed |
    closed for | will not be reading | not reading my | not be checking | no longer with |
    no longer work | no longer employed | no longer at | left the company | has left |
    has retired | have retired | retired from | changed my e | new e-mail address |
    new email address | no longer use this | no longer in use | no longer active |
    not check this | unable to read | nicht im büro | nicht im hause | nicht im haus |
    außer haus | im urlaub | in urlaub | abwesend | abwesenheit | nicht erreichbar |
    nicht am arbeitsplatz | nicht anwesend | auf dienstreise | in elternzeit | im mutterschutz |
    erst am | erst ab | ab dem | wieder erreichbar | wieder im büro | wieder für sie | wieder da |
    rückkehr | nicht mehr im unternehmen | nicht mehr für | nicht mehr bei | betriebsferien |
    nur eingeschränkt | bin zur zeit | bin derzeit | _absent_ | absente | en congé | en conges |
    en vacances | hors du bureau | en déplacement | pas au bureau | mon retour | de retour le |
    mon absence | congé maternité | congé parental | actuellement indisponible |
    bureaux seront fermés | bureaux sont fermés | fuera de la oficina | fuera de oficina |
    de vacaciones | ausente | mi ausencia | estaré de vuelta | estaré de regreso | regreso el |
    regresaré | mi regreso | mi vuelta | de baja | permiso de | permanecerá cerrad |
    estará cerrad | de viaje | sin acceso | fora do escritório | fora da empresa | de férias |
    em férias | meu retorno | meu regresso | retorno no dia | retornarei | regresso no dia |
    estarei de volta | _licença | fora de l'oficina | de vacances | la meva absència | tornaré |
    fuori sede | fuori ufficio | in ferie | assente | la mia assenza | al mio rientro |
    mio ritorno | rientrerò | sarò di ritorno | uffici chiusi | uffici resteranno chiusi |
    chiusi per ferie | niet op kantoor | niet aanwezig | afwezig | op vakantie | met vakantie |
    met verlof | mijn afwezigheid | weer aanwezig | weer bereikbaar | terug op | niet bereikbaar |
    nie ma mnie | nieobecn | poza biurem | na urlopie | przebywam na | _urlop | wracam |
    będę z powrotem | powrocie | w delegacji | biuro nieczynne | mimo kancelář | na dovolené |
    nepřítom | nejsem v kancel | nebudu v kancel | po návratu | zpět v kancel | čerpám dovolenou |
    mám dovolenou | mimo kancelárie | na dovolenke | neprítom | nie som v kancel |
    čerpám dovolenku | nebudem v kancel | späť v kancel | nem vagyok az irod | házon kívül |
    szabadságon | szabadságom | távol | nem tartózkodom | visszatérek | visszatérésem |
    irodán kívül | în concediu | nu sunt la birou | nu mă aflu la birou | plecat din birou |
    absent din | lipsesc din | nu voi fi la birou | mă întorc | voi reveni la birou | întoarcere |
    нет на месте | нет в офисе | вне офиса | в отпуске | отсутств | в командировке |
    после возвращения | вернусь | нахожусь в отпуске | на больничном | выйду на работу |
    немає на місці | немає в офісі | поза офісом | у відпустці | відсутн | у відрядженні |
    повернуся | повернення | ārpus biroja | neesmu birojā | atvaļinājumā | prombūtnē |
    komandējumā | atgriezīšos | neatrodos | nebūšu birojā | atgriešanās | nesu biure | ne biure |
    nebūsiu | atostogauju | atostogose | komandiruotėje | grįšiu | grįžęs | grįžusi |
    manęs nebus | neesu | puhkusel | kontorist eemal | kontorist ära | ei viibi |
    ei ole kontoris | väljas kontor | tagasi kontoris | olen eemal | komandeeringus | _naasen |
    olen tagasi | _poissa | lomalla | en ole paikalla | en ole toimistolla | _palaan |
    vuosilomalla | työmatkalla | vapaalla | inte på kontoret | ej på kontoret | på semester |
    har semester | frånvarande | är ledig | tillbaka den | är tillbaka | åter på | tjänsteresa |
    föräldraledig | inte på plats | ej på plats | ikke på kontoret | på ferie | holder ferie |
    har ferie | fraværende | tilbage den | tilbage på | tilbake den | tilbake på | er tilbage |
    er tilbake | bortreist | på reise | er ikke til stede | på barsel | permisjon | avspaserer |
    har fri | ofis dışında | ofiste değilim | ofiste olmayacağım | izindeyim | _izinde | tatilde |
    yıllık izin | dönüş | döneceğim | seyahatte | işyerinde bulunm | εκτός γραφείου | σε άδεια |
    απουσιάζω | απουσία | με άδεια | επιστροφή μου | θα επιστρέψω | εκτός εταιρείας | θα λείπω |
    λείπω | מחוץ למשרד | בחופשה | בחופש | לא נמצא | לא אהיה | אחזור | נעדר | לא אחזור |
    خارج المكتب | في إجازة | فى إجازة | خارج مكتبي | غير متواجد | سأعود | في اجازة | عودتي |
    不在 | 休暇 | お休み | 休業 | 出張 | 外出 | 夏季休業 | 年末年始 | 休假 | 不在办公室 |
    不在辦公室 | 出差 | 无法及时 | 無法即時 | 放假 | 度假 | 부재중 | 부재 중 | 휴가 | 출장 |
    자리를 비 | 사무실에 없 | odsoten | odsotna | odsotnost | na dopustu | nisem v pisarni |
    ni me v pisarni | vrnem se | nisem dosegljiv | po vrnitvi | nisam u uredu | izvan ureda |
    na godišnjem | odsutan | odsutna | odsutnost | vraćam se | nisam u kancelariji | na odmoru |
    po povratku | извън офиса | няма да съм | в отпуск | в отпуска | отсъств | ще се върна |
    не съм в офиса | vắng mặt | nghỉ phép | không có mặt | trở lại | đi công tác | nghỉ lễ |
    di luar kantor | sedang cuti | _cuti_ | tidak berada di kantor | kembali pada |
    perjalanan dinas | ekki við | í fríi
""")

# To whoever has written: what one who is away for a while does not say to his colleagues.
TO_THE_WRITER = Phrases("""
    will not be read | not been read | risponderò | le risponderò | vi risponderò |
    ringrazio per | responderé | contestaré | responderei | répondrai | antworte ich |
    werde ich antworten | werde antworten | beantworte ich | zal ik beantwoorden | beantwoord ik |
    odpiszę | odpowiem | odpovím | odpoviem | válaszolok | voi răspunde | cevap vere |
    θα απαντήσω | neem contact op | neem voor | gelieve | favor dirigir | favor de | dirija |
    dirigirse | dirigir sus | sus consultas | su consulta | podpora je | obratte sa |
    vašu požiadavku | jūsu | svarer jeg | svarar jag | vastaan viesti | dear sender |
    dear correspondent | liebe absender | lieber absender | estimado remitente |
    cher correspondant | vous pouvez | veuillez | merci de réécrire | merci d'adresser |
    adressez-vous | temas urgentes | your original message | your recent | your address |
    you have sent me | you sent me | ihre e-mails | ihre mails | dank voor | contattare il |
    contattare la | potete contattare | può contattare | in caso di necess | mulțumesc pentru |
    scrieți | appelez le | contactez | kontaktieren sie | schreiben sie | zögern sie | llame al |
    escriba a | ligue para | your report | your complaint | your question | your comments |
    your feedback | your interest | your submission | your ticket | your case | your query |
    your support | thank you for your | ihr anliegen | ihr ticket | ihre meldung | votre requête |
    votre question | su caso | su petición | su reporte | seu chamado | seu pedido |
    sua richiesta | tua richiesta | sua segnalazione | uw verzoek | uw melding |
    państwa zgłoszen | twoje zgłoszen | zgłoszenie | váš požadavek | vaši žádost | vaše žádost |
    váš dotaz | vaše zpráva | vaša požiadavka | vaša správa | kérésé | bejelentésé | solicitarea |
    cererea | ваше обращение | ваш запрос | ваша заявка | вашу заявку | ваше звернення |
    ваш запит | jūsu pieprasījum | jūsų užklaus | teie päring | teie pöördum | pyyntö |
    yhteydenot | ditt ärende | din fråga | din sag | din sak | talebiniz | başvurunuz |
    αίτημά σας | פנייתך | בקשתך | طلبك | رسالة | お問い合わせ | 您的请求 | 您的咨询 | 来信 |
    문의 | vaša zahtev | vašo zahtev | vaš upit | vaš zahtjev | вашето запитване | вашата заявка |
    yêu cầu của | permintaan anda | laporan anda | your e-mail | your email | your mail |
    your message | your note | your enquiry | your inquiry | your request |
    thank you for contacting | thanks for contacting | thank you for writing |
    thanks for writing | thank you for reaching | thanks for reaching | respond to e |
    reply to e | respond to messages | answer e | reply to you | respond to you | will respond |
    will reply | i will answer | i'll respond | i'll reply | get back to you | will be forwarded |
    will be read | is not forwarded | not be forwarded | has been forwarded |
    if you need immediate | for immediate assistance | for urgent matters | in urgent cases |
    if your matter is urgent | if this is urgent | if it is urgent | for urgent |
    in case of emergency | require immediate | need assistance | need immediate | any urgent |
    if urgent | update your | please use | please contact | please send | please direct |
    please resend | ihre e-mail | ihre mail | ihre nachricht | ihre anfrage | ihr schreiben |
    deine mail | deine nachricht | nicht weitergeleitet | weitergeleitet | dringenden fällen |
    dringenden angelegenheiten | wenden sie sich | vielen dank für | setze mich mit ihnen |
    in dringend | votre message | votre mail | votre e-mail | votre courriel | votre courrier |
    votre demande | en cas d'urgence | cas d'urgence | merci de contacter | veuillez contacter |
    vous pouvez contacter | pour toute urgence | ton message | su mensaje | su correo |
    su e-mail | su email | su solicitud | tu mensaje | tu correo | caso de urgencia |
    casos urgentes | asuntos urgentes | para urgencias | cualquier urgencia | gracias por |
    sua mensagem | seu e-mail | seu email | sua solicitação | seu contato | seu contacto |
    caso de urgência | assuntos urgentes | obrigado por | obrigada por | el vostre missatge |
    el teu missatge | el vostre correu | en cas d'urgència | sua mail | sua e-mail | vostra mail |
    vostro messaggio | suo messaggio | tua mail | tuo messaggio | vostra e-mail |
    caso di urgenza | casi urgenti | per urgenze | comunicazioni urgenti | grazie per |
    uw e-mail | uw mail | uw bericht | je bericht | je mail | uw vraag | dringende gevallen |
    dringende zaken | bij spoed | voor spoed | contact opnemen met | bedankt voor |
    twoja wiadomość | państwa wiadomość | pana wiadomość | na wiadomość | na maile | na e-maile |
    pilnych sprawach | sprawach pilnych | proszę o kontakt | dziękuję za | dziękujemy za |
    sprawach niecierpiących | vaši zprávu | váš e-mail | váš email | vašu správu | naléhavých |
    urgentních | nutných případ | neodkladn | urgentných | súrnych | naliehav | kontaktujte |
    obraťte se | obráťte sa | děkuji za | ďakujem za | levelé | üzeneté | sürgős | e-mailjé |
    köszönöm | forduljon | megkeresés | mesajul dumneavoastră | mesajul dvs |
    e-mailul dumneavoastră | emailul dvs | urgențe | _urgente_ | vă rog să contactați |
    vă mulțumesc | mesajului | ваше письмо | ваше сообщение | вашем письме | срочным вопросам |
    срочных | срочной | обращайтесь | обращаться | отвечу | благодар | спасибо за | неотложн |
    ваш лист | ваше повідомлення | термінов | звертайтеся | звертайтесь | дякую за | відповім |
    jūsu vēstul | jūsu e-past | jūsu ziņoj | steidzam | lūdzu sazin | lūdzu, sazin | paldies par |
    uz e-past | atbildēšu | jūsų laišk | jūsų žinut | _skub | prašome kreiptis | prašau kreiptis |
    dėkoju už | ačiū už | atsakysiu | kreipkitės | teie kir | sinu kir | _kiire | pöörduge |
    palun võtke | _vastan_ | täname | teie e-kir | viesti | sähköposti | kiireelli | kiireis |
    ota yhteyt | ottakaa yhteyt | _vastaan_ | kiitos | ditt mail | ditt mejl | ditt meddelande |
    ditt e-post | din e-post | brådskande | _kontakta | svarar på | svara på | akuta | tack för |
    din mail | din e-mail | din besked | din henvendelse | din melding | _haster | hastende |
    kontakt venligst | vennligst kontakt | tak for | takk for | svarer på | svare på | akutte |
    mesajınız | e-postanız | iletiniz | _acil | mailiniz | teşekkür | yanıtlayaca | cevaplayaca |
    το μήνυμά σας | μήνυμα σας | επείγον | επείγουσ | επικοινωνήσ | ευχαριστ | απαντήσω |
    ההודעה שלך | הודעתך | דחוף | דחופים | לפנות | פנה ל | תודה על | אשיב | אענה | رسالتك |
    رسالتكم | بريدك | عاجل | العاجلة | الطارئة | التواصل | الاتصال | شكرا | سأرد | ご連絡 |
    メールを | お急ぎ | 緊急 | 返信 | ご返信 | 確認 | 您的邮件 | 您的郵件 | 你的邮件 | 您的来信 |
    您的來信 | 回复您 | 回覆您 | 紧急 | 请联系 | 請聯 | 尽快 | 盡快 | 메일 | 급한 | 긴급 | 연락 |
    회신 | 답장 | vaše sporočilo | vašo pošto | _nujn | obrnite na | odgovoril | hvala za |
    vaša poruka | vašu poruku | _hitn | obratite se | odgovorit ću | javiti | вашето съобщение |
    вашия имейл | спешн | свържете | ще отговоря | отговоря на | email của | thư của | khẩn |
    liên hệ | cảm ơn | phản hồi | email anda | pesan anda | mendesak | hubungi | terima kasih |
    membalas
""")
