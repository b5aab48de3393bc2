"""The words of signatures: closings, and what names a person's place, trade and telephone."""

import re

_CLOSING = (
    r"(?:with )?(?:my )?(?:best|kind|kindest|warm|warmest|many|with)(?: kind| best"
    r"| warm)?(?: personal)?(?: regards| wishes| thanks)?|regards|rgds"
    r"|(?:many )?thanks(?: again| so much| in advance| a lot| and regards| & regards"
    r"|,? and best regards)?|thank you(?: very much| so much| again| in advance)?|thx|tia"
    r"|cheers|sincerely(?: yours)?|yours(?: truly| sincerely| faithfully| respectfully)?"
    r"|respectfully(?: yours| submitted)?|v/?r|very respectfully|r/|br|kr|cordially|take care"
    r"|all the best|hope this helps"
    r"|(?:un |reciba un |reciban un )?(?:cordial |atento |afectuoso )?saludos?(?: cordiales"
    r"| atentos)?|atentamente|atte|muchas gracias|gracias(?: y saludos)?|quedo (?:atent[oa]"
    r"|a la espera)"
    r"|mit (?:freundlichen|besten|herzlichen|vielen|lieben) grü(?:ß|ss)en|(?:freundliche|viele"
    r"|beste|liebe|herzliche|schöne) grü(?:ß|ss)e|mit freundlichem gruß|gruß|grüße|mfg|lg|vg"
    r"|vielen dank|danke"
    r"|cordialement|bien (?:à vous|cordialement)|(?:très )?cordialement"
    r"|salutations(?: distinguées)?|meilleures salutations|sincères salutations|amicalement"
    r"|merci(?: d.avance| beaucoup)?|cdlt|cdt"
    r"|cordiali saluti|distinti saluti|(?:un )?cordiale saluto|saluti|buona giornata"
    r"|grazie(?: mille)?|a presto"
    r"|atenciosamente|att|cumprimentos|(?:com os )?melhores cumprimentos|abraços?|obrigad[oa]"
    r"|grat[oa]|cordialmente"
    r"|salutacions(?: cordials)?|atentament|gràcies|moltes gràcies|cordialment"
    r"|(?:met )?(?:vriendelijke|hartelijke|beste) groe(?:t|ten)|mvg|groet(?:en|jes)?|bedankt"
    r"|bij voorbaat dank"
    r"|(?:med )?(?:vänliga?|bästa) hälsning(?:ar)?|hälsningar|mvh|tack(?: på förhand)?|hilsen"
    r"|(?:med )?(?:vennlig|venlig|beste|bedste) hilsen|vh|mange takk|mange tak|hälsn"
    r"|(?:ystävällisin|parhain|terveisin) terveisin|terveisin|terv|t|kiitos|kiitoksin|kiittäen"
    r"|s (?:pozdravem|přátelským pozdravem|úctou|pozdravom|priateľským pozdravom)"
    r"|(?:s )?pozdravem|hezký den|děkuji|ďakujem|zdravím"
    r"|(?:serdecznie )?pozdrawiam|z poważaniem|pozdrowienia|dziękuję|z wyrazami szacunku"
    r"|(?:tisztelettel|üdvözlettel|üdv|köszönettel|köszönöm)|cu (?:stimă|respect|drag)"
    r"|toate cele bune|mulțumesc|numai bine"
    r"|με (?:εκτίμηση|τιμή)|φιλικά|ευχαριστώ|χαιρετισμούς|(?:с )?уважением"
    r"|с наилучшими пожеланиями|всего (?:доброго|хорошего)|спасибо|з повагою|дякую"
    r"|з найкращими побажаннями|с уважение|поздрави"
    r"|(?:srdačan )?pozdrav|s poštovanjem|lijep pozdrav|lep pozdrav|lp|hvala|saygılarım(?:la"
    r"|ızla)|saygılar|iyi (?:çalışmalar|günler)|selamlar|teşekkürler|kolay gelsin"
    r"|مع (?:أطيب|خالص|فائق)? ?(?:التحيات|التحية|الاحترام|الشكر|تحياتي)|تحياتي|وتفضلوا[^\n]{0,40}"
    r"|شكرا|شكراً|با (?:احترام|تشکر|سپاس)|בברכה|תודה(?: רבה)?|בכבוד רב"
    r"|ขอแสดงความนับถือ|ขอบคุณ(?:ครับ|ค่ะ|มาก)?|ด้วยความเคารพ|trân trọng(?: cảm ơn)?|thân mến"
    r"|thân|cảm ơn|kính thư|salam|hormat (?:kami|saya)|terima kasih|salam hormat"
    r"|(?:以上[、,。]?)?(?:どうぞ)?(?:よろしく|宜しく)(?:お願い(?:いた|致)?します"
    r"|お願い申し上げます)|以上|敬具|草々|감사합니다|고맙습니다|드림|수고하세요"
    r"|此致|敬礼|敬禮|祝好|谢谢|謝謝|顺颂商祺|顺祝商祺|敬上|敬祝|/+s(?:igned)?/+"
)
# In two languages, or twice: "Mit freundlichen Grüßen / Best regards".
CLOSINGS = re.compile(
    rf"^\W{{0,2}}(?:{_CLOSING})(?:[ ,]{{0,2}}[/|&,–-] ?(?:{_CLOSING}))?[\s,;.!。、，！–—-]{{0,4}}$",
    re.I,
)
CUE = re.compile(
    r"@|https?://|www\.|\||\b(?:tel|tél|phone|telefon|telephone|teléfono|telefono|fax|cell|mobile"
    r"|mobil|handy|móvil|cel|office|direct|desk|ext|skype|tlf|puh|gsm|dsn|vtc|o|m|c|p|t|f|ph|d|w"
    r"|h)\b\s?[.:#]"
    r"|τηλ|тел\.|тел:|факс|моб\.|هاتف|جوال|טל|נייד|โทร|đt:|điện thoại|電話|電子メール|电话"
    r"|手机|전화|휴대|内線|传真"
    r"|http"
    r"|\b(?:director|manager|officer|analyst|engineer|specialist|coordinator|department|division"
    r"|administrator|consultant|developer|assistant|president|professor|dept|univ|university"
    r"|institute"
    r"|office of|lead|inc|llc|gmbh|ltd|corp|contractor|abteilung|geschäftsführer|departamento"
    r"|département|service|dipartimento|ufficio|afdeling|avdelning|afdeling|osasto|oddělení|dział"
    r"|osztály|departamentul|τμήμα|отдел|відділ|müdürlüğü|قسم|מחלקת|ฝ่าย|phòng|bagian"
    r"|(?:p\.?o\.? box)|road|street|str\.|straße|avenue|blvd|suite)\b"
    r"|株式会社|有限公司|情報|部$|부$|部门|주식회사",
    re.I,
)
STRONG_CUE = re.compile(
    r"@|https?://|www\.|\b(?:tel|tél|phone|telefon|fax|cell|mobile|tlf|puh|ext)\b\s?[.:#]|τηλ"
    r"|тел\.|هاتف|טל|โทร|đt:|電話|电话|전화",
    re.I,
)

COMPANY = re.compile(
    r"\b(?:registergericht|amtsgericht|handelsregister|hrb|sitz der gesellschaft|geschäftsführe"
    r"|ust-?id|registered (?:in|office)|vat (?:no|reg)|company (?:no|number|registration)|kvk|btw"
    r"|siret|rcs|partita iva|p\.? ?iva|c\.?i\.?f|nip|regon|krs|ičo|org\.? ?nr|cvr)\b",
    re.I,
)
