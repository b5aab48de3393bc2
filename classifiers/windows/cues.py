"""The words that tell what a time is for: starts, ends, meetings, what is told of the trouble.

English and Spanish, and of German, French and Portuguese what notices and reports say.
"""

import re

#: What makes a time none of ours: updates, meetings, attempts, due dates, a form's stamps.
OTHERS = re.compile(
    r"\bnext (?:\w+ )?(?:update|communication|report|notice|note|status|mail|message|check|sitrep"
    r"|word|news|bulletin)\b"
    r"|\bupdates? (?:by|at|every)\b"
    r"|\b(?:update|updated|revised|posted|printed|generated|issued|received|submitted|sent)"
    r"(?: (?:on|at|by))?:?[\s*_]*$"
    r"|\b(?:submitted|received|posted|published|printed|modified|last (?:updated|seen|checked"
    r"|success)|updated (?:on|at))\b"
    r"|\b(?:bridge|briefing|training|webinar|town hall|rehearsal|interview|workshop"
    r"|(?<!after )lunch|stand-?up)s?\b|\bappointments? (?:is|at|on|for)\b|\bappointment\W*$"
    r"|\b(?:conference|status|planning|partner|coordination|prep|kick-?off|debrief"
    r"|daily|last) calls?\b"
    r"|\bcalls? (?:is|at|on|will|starts|begins|opens)\b|\bcall:|\bmeet(?:ing|ings|s)?\b"
    r"|\bdial[- ]?in|\bwebex\b|\bzoom\b"
    r"|\bgo\s?/\s?no[- ]?go|\bpre-?(?:validation|check|test)\w*|\bvalidation\b"
    r"|\bsmoke[- ]test\w*|\bcheck-?out\b"
    r"|\bdue\b(?! to (?:close|end|start|begin|finish|open))|\bdeadline\b|\bcob\b|\brsvp\b"
    r"|\b(?:respond|reply|replies|answer|confirm"
    r"|objections?) (?:by|before|to)\b|\bno objections?\b"
    r"|\bbusy\b|\bcall us\b|\bcall \d|\b(?:tried|attempt(?:ed|s)?|trying"
    r"|i(?:[’']ve)? called|called (?:us|in|at|the)|spoke|hung up|logged (?:in|on)|signed in)\b"
    r"|\b(?:office|business|call center|support|operating) hours\b|\bhours:|\bhotline\b"
    r"|\bhelp ?desk\b|\bopen (?:from|mon)|\bstaffed\b|\bopened the doors\b|\bback-?up to\b"
    r"|\bquestions?\?|\b(?:for|with|any) questions?\b|\bquestions? (?:to|by|before)\b|\bcontact\b"
    r"|\bcustomer by\b|\bsave (?:your|all|drafts)\b"
    r"|\b(?:log|sign) (?:off|out)\b|\bif (?:we|it|that|this)\b[^.,;]{0,40}\bnot\b"
    r"|\bfreeze\b|\bbirth\b|\bdob\b|\bexpir\w+|\bassigned\b|\backnowledged\b|\bescalated\b"
    r"|\bwatched\b"
    r"|\bnot later than\b(?= .*reply)|\bpreview\b|\breview\b|\bdrill\b"
    r"|\bpayment run\b|\bticket (?:was |is )?(?:opened|created|raised|logged)"
    r"|\b(?:opened|raised|logged|filed|created) (?:a|an|the|my|our) (?:\w+ )?"
    r"(?:ticket|case|incident)"
    r"|\bshould have (?:been|ended|finished|come)\b|\bstill (?:so|true|the case)\b"
    r"|\bverbatims?\b|\bmentions?\b|\bvolume\b|\bnew (?:since|from)\W*$"
    r"|\d new (?:\w+ )?(?:since|from)\W*$|\bnew alerts?\b"
    r"|\bpr[óo]xim[ao] (?:aviso|actualizaci[óo]n|mensaje|bolet[ií]n|boletim)|\breuni[óo]n\b"
    r"|\bllamada\b|\brecibid[oa]\b|\benviad[oa]\b"
    r"|\bprochain (?:point|message|bulletin)|\bmelden\b|\bn[äa]chste\w* (?:meldung|update|info)",
    re.I,
)
#: What names the work or the trouble.
TOLD = re.compile(
    r"unavailab|\bdown\b|\boutage|\boffline|out of service|maintenance|\bwindow\b|downtime"
    r"|\bdeploy"
    r"|\bupgrade|\bpatch|\binterrupt|\bdisrupt|inaccessib|not (?:be )?(?:available|accessible"
    r"|reachable|work)"
    r"|read[-‐ ]?only|\bwhen\b|\bdate\b|\btime\b|\bschedul|\bimpact|take place|\boccur"
    r"|\bcut-?over"
    r"|\bmigrat|\breboot|\brestart|\bfail-?over|\bwill (?:begin|start|be)|\brelease\b|\bperform"
    r"|\bplanned|\bswap|\bworks?\b"
    r"|fuera de servicio|mantenimiento|no (?:estar|funcion)|ca[ií]d[oa]|\bfail|\berror|\bdegrad"
    r"|\bslow"
    r"|\bfault\b|\bcannot\b|\bcan[’']?t\b|\bunable\b|\bstopped\b|\bwent\b|\bcrash|\balert"
    r"|\btrigger|\bincident|\bdropp|\bnobody\b|\bno one\b|\bnothing\b|\bnone\b|\bnot (?:one|a)\b"
    r"|\bbroke|\bwon[’']t\b|\bblank\b|\btripped\b|\bempty\b|\bdark\b|\bcut\b|\block"
    r"|\bhorario\b|\bfecha\b|\bhora\b|\bcu[áa]ndo\b"
    r"|wartung|arbeiten|störung|unterbr|ausfall|travaux|coupure|indispon|interven|manuten|janela",
    re.I,
)
_ENDS = (
    r"up since|back\b|up again|on again|(?:open\w*|available|up|running|working|usable"
    r"|accepted) (?:\w+ ){0,4}again|(?!(?:down|failing|failed|tripped|broken|broke|slow|stopped|out"
    r"|happened|off|it)\b)\w+ again\b|answered\b"
    r"|end(?:s|ed|ing|sat)\b|end\b(?=\W*(?:$|:|at\b|by\b|on\b|is\b|will be\b|\(|date|time"
    r"|window|\d))|at (?:the )?latest\b"
    r"|end[_ ]?(?:time|date)|finish\w*|complet\w+|restor\w+|resolv\w+"
    r"|(?<!n't )(?<!n’t )(?<!not )(?<!never )recover\w+|re-?open\w*|resum\w+"
    r"|until\b|till?\b|til\b|(?<!-)\bup\b(?=\W*(?:$|:))|all clear|wrap(?:s|ped)? up"
    r"|signed off\b|conclu\w+|terminat\w+|no later than|nlt\b|cleared\b"
    r"|stop\b(?=\W*(?::|$)| {2})"
    r"|(?:errors?|failures?|timeouts?) (?:\w+ ){0,2}stopped"
    r"|last (?:error|failure|timeout)"
    r"|fix(?:ed)?\b|rolled back|resurrected|revived|time of (?:repair|restoration|recovery)"
    r"|online\b(?=\W*:)|repaired\b|mitigated\b"
    r"|return(?:s|ed)?\b(?! (?:\d|an?\b|errors?|empty|nothing|only|5xx))|is over"
    r"|normal (?:service|operation)\w*"
    r"|(?:normal|healthy|stable|clean|fine|good) since"
    r"|(?:been|was|is) (?:normal|healthy|fine|released)"
    r"|releas(?:ed?|es)\b(?=\W*(?::|at\b|by\b))|released\b|handed (?:back|over)"
    r"|thaw\w*|unlock\w*|\bthrough by\b|be through\b|done by\b|up at|out by|answers? again"
    r"|estimated (?:up|restor\w+)|etr\b|etc\b(?=\W*$|:)"
    r"|came (?:back|up|good)|turned it on|live again"
    r"|hasta\b|fin\b|final\b|finali[zc]\w+|termin[aóo]\w*|restablec\w+|volvi[óo]|volver[áa]\w*|vuelve\w*"
    r"|regres\w+|suben\b|restaur\w+|reanud\w+"
    r"|(?:[a-zäöü]{3,20}s)?ende\b|beendet\w*|wieder\b|behoben\w*|bis\b"
    r"|rétabli\w*|fin[ie]?\b|jusqu\w{1,9}|fim\b|término|até\b|repost[oa]\b|reposi\w+|normaliz\w+"
)
_STARTS = (
    r"start\w*|beg[aiu]n\w*|commenc\w+|since\b|as of\b|onwards?\b|effective\b|onset\b|kick\w* off"
    r"|initial (?:impact|outage)|opened(?: on| at)?\b(?=\W*(?:on|at|:|$|\d|[A-Z][a-z]{2}\b))"
    r"|trigger\w*|activated\b|under ?way\b|dropped\b|doubled\b|tripled\b|climbed\b"
    r"|slowed\b|worsened\b|stalled\b|jumped\b|spiked\b|plunged\b"
    r"|detected\b|first (?:seen|saw|noticed|observed|one|reported|call)|down (?:at|since"
    r"|from|on)|\bdown\b(?=\W*(?:$|:))"
    r"|(?:went|goes|go|going|gone|turned|turn|switched|switch|taken|take|took|shut|brought) "
    r"(?:\w+ ){0,6}?(?:down|out|off\w*|dark|away)\b"
    r"|went (?:away|blank|red|silent|bad|wrong|missing)|occurr?(?:ed|s)?\b"
    r"|happened\b|fired\b|alarm(?:ed)?\b|time of alert|alert time|created at|active ?(?:at|since)\b"
    r"|(?<!end )(?<!stop )(?<!finish )date/time\b|offline\b(?=\W*:)"
    r"|timestamp\b|unavailable\b|\bdark\b|unreachable|locked\b|frozen\b|\boff (?:at|from|on)\b"
    r"|lapsed\b|tripped\b|broke\b|cut off\b|ran out\b|lost\b|stopped\b|failed\b|crashed\b"
    r"|out since|rebooted\b|last good|died\b|dead\b|quit\b|fell (?:over|down|off)|gave (?:up|out)"
    r"|froze\b|hung\b|vanished|disappeared|collapsed|blew\b|gone\b|took (?:the|out|down)\b"
    r"|first (?:\w+ ){0,2}(?:occurrence|failure|error|event|report|alert|symptom)s?"
    r"|(?:event|error|failure|incident|outage|problem) time"
    r"|time of (?:\w+ )?(?:event|failure|outage)"
    r"|cay[óo]|se fue\b|ausgefallen|ausfall\b"
    r"|desde\b|inici\w+|empez\w+|comenz\w+|comienz\w+|partir\b|ca[íi]da\b|dej[óo] de|bajan\b"
    r"|apag\w+"
    r"|(?:[a-zäöü]{3,20}s)?beginn\w*|begonnen|seit\b|\bab\b|début\w*|depuis\b|dès\b"
    r"|iníci\w+|inicia\w*"
)
#: A side of a time, by the last of these words before it. A service that closes begins to be
#: away; a window that closes ends.
SIDES = re.compile(
    rf"\b(?:(?P<close>(?:clos(?:e|es|ed|ing)|shuts|stops? (?=at|by|on))\b)"
    rf"|(?P<open>opens?\b|opening\b|opened\b)"
    rf"|(?P<end>{_ENDS})|(?P<start>{_STARTS}))",
    re.I,
)
#: Ends that hold from a moment on: "has been back since".
SINCE = re.compile(r"(?:since|desde|seit|depuis|as of)\W*\Z", re.I)
#: Words that lead to a time, and so tell nothing of the one before them.
LEADS = re.compile(
    r"(?:until|till?|til|hasta|bis|até|jusqu\w{1,9}|since|desde|seit|depuis|as of|ab|nlt"
    r"|no later than|dès|partir)\Z",
    re.I,
)
#: What opens and closes the other way round than a service.
FRAMES = re.compile(
    r"\b(?:window|slot|works?|maintenance|incident|issue|ticket|case|alert|problem|issue)\b", re.I
)
