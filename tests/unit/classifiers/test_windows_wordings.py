"""Windows in the words of people everywhere: spoken hours, clocks of places, other languages."""

import pytest

from tests.unit.classifiers.windows_table import pairs, read, table

SPOKEN = [
    ("VBMS is off Thursday, July 10, from 6 to 8 in the evening.", "10 18:00 > 10 20:00"),
    ("VBMS closes on Friday at 6 in the evening and returns on Saturday at 6 in the morning.",
     "11 18:00 > 12 06:00"),
    ("Saturday July 12, noon to three, the rack is unplugged.", "12 12:00 > 12 15:00"),
    ("We swap the disks this Sunday night, ten o'clock to one in the morning.",
     "13 22:00 > 14 01:00"),
    ("The switch is exchanged Wed 9 July, half nine till half ten in the morning.",
     "9 09:30 > 9 10:30"),
    ("The move runs 10 July 8pm until half past midnight.", "10 20:00 > 11 00:30"),
    ("BGS is down from 10 PM on July 10 until 4 in the morning on July 11.", "10 22:00 > 11 04:00"),
    ("At 8 PM on Saturday the 12th Ask VA goes dark. It is back for everyone at 5 AM on Sunday.",
     "12 20:00 > 13 05:00"),
    ("DOWN:   Saturday 7/12/2025   22:00\nUP:     Sunday   7/13/2025   06:00",
     "12 22:00 > 13 06:00"),
    ("start_time   2025-07-11T01:00:00-04:00\nend_time     2025-07-11T03:00:00-04:00",
     "11 01:00 > 11 03:00"),
    ("VBMS closes Saturday, July 12 at 6 PM and opens Sunday, July 13 at 4 AM.",
     "12 18:00 > 13 04:00"),
    ("EFFECT..........: NOT AVAILABLE\nFROM............: 31 DEC 25 / 2200\n"
     "UNTIL...........: 01 JAN 26 / 0400", "12-31 22:00 > 2026/1-01 04:00"),
    ("VBMS goes offline July 11 at 10pm, back by 2.", "11 22:00 > 12 02:00"),
    ("VBMS goes offline July 11 at 10pm. We need four hours.", "11 22:00 > 12 02:00"),
    ("Offline: July 11, 10pm. Online: July 12, 2am.", "11 22:00 > 12 02:00"),
    ("The outage window is 4 hours, beginning 10 PM ET July 11.", "11 22:00 > 12 02:00"),
    ("Start: 2025-07-11 22:00\nDuration: 4h", "11 22:00 > 12 02:00"),
    ("Start: 2025-07-11 22:00\nDuration: 04:00 hours", "11 22:00 > 12 02:00"),
    ("Window: 2025-Jul-11 22:00 - 2025-Jul-12 02:00", "11 22:00 > 12 02:00"),
    ("Start Date/Time: 11-07-2025 22:00 UTC End Date/Time: 12-07-2025 02:00 UTC",
     "11 18:00 > 11 22:00"),
    ("Begin Date: 07/11/2025    Begin Time: 2200\nEnd Date: 07/12/2025      End Time: 0200",
     "11 22:00 > 12 02:00"),
    ("Late Friday 7/11, 10 PM, through early Saturday, 2 AM, VBMS is down", "11 22:00 > 12 02:00"),
    ("Work goes on until 2 PM ET. It began at 10 AM ET today.", "7 10:00 > 7 14:00"),
    ("Window opens 04:00 UTC Saturday and shuts 06:00 UTC.", "12 00:00 > 12 02:00"),
    ("The nodes of us-east-2  Jul 11, 2025 9:00 PM - Jul 12, 2025 3:00 AM",
     "11 21:00 > 12 03:00"),
    ("Planned downtime: Thu 7/10/2025, 2:00 AM (approx. 2.5 hours)", "10 02:00 > 10 04:30"),
    ("Thursday 10 July, 06:00 UTC for 2h30m, the node is patched.", "10 02:00 > 10 04:30"),
    ("06:00–08:30 UTC (02:00–04:30 EDT) on Thursday, 10 July 2025", "10 02:00 > 10 04:30"),
    ("Between 2 and half past four on Thursday morning the link is down.", "10 02:00 > 10 04:30"),
    ("Bridge opens 1:30 AM. Window 2:00 AM - 4:30 AM, Thursday July 10.", "10 02:00 > 10 04:30"),
    ("Maintenance Monday, 2 AM - 4 AM", "14 02:00 > 14 04:00"),
    ("Maintenance the day after tomorrow, 2 AM - 4 AM", "9 02:00 > 9 04:00"),
    ("Maintenance July 12th, 10-2 ET", "12 10:00 > 12 14:00"),
    ("Maintenance July 12th, 10 to midnight ET", "12 22:00 > 13 00:00"),
    ("Maintenance Sat 12th July at 22.00-23.30 hrs", "12 22:00 > 12 23:30"),
    ("Maintenance night of July 8/9, 23:00-03:00", "8 23:00 > 9 03:00"),
    ("Maintenance in the night of 11/12 July, 23:00-03:00", "11 23:00 > 12 03:00"),
    ("Maintenance Thursday July 10, 7 to 11 in the morning, our time", "10 07:00 > 10 11:00"),
    ("VBMS is out tonight from 6 to 9. Sorry.", "7 18:00 > 7 21:00"),
    ("VBMS down 7/11 9p-3a. No BGS.", "11 21:00 > 12 03:00"),
    ("Downtime: 1800 on 07/11/2025 to 0200 on 07/12/2025.", "11 18:00 > 12 02:00"),
    ("No resets Friday from ten at night to two in the morning (7/11-7/12).",
     "11 22:00 > 12 02:00"),
    ("VBMS is off on July 11 from 10 PM to 2 AM. I wrote 8 PM to 9 PM before.",
     "11 22:00 > 12 02:00"),
    ("Restart of VBMS at 7pm ET today, 30 minutes max.", "7 19:00 > 7 19:30"),
    ("Work on VBMS: July 11, 10 PM, four hours.", "11 22:00 > 12 02:00"),
    ("4 hrs from 10 PM ET on Friday July 11, uploads are off.", "11 22:00 > 12 02:00"),
    ("Tonight from 8:00 PM, for about three quarters of an hour, VBMS restarts.",
     "7 20:00 > 7 20:45"),
    ("Maintenance from 10 PM on Christmas Eve to 6 AM on Christmas Day",
     "12-24 22:00 > 12-25 06:00"),
    ("The window (10 PM to 2 AM, July 11) runs long. New expected finish is 4 AM.",
     "11 22:00 > 12 04:00"),
    ("We had you down for July 11, 1 to 3 AM. VBMS is off on July 18 at 1 AM instead, "
     "back by 3 AM.",
     "18 01:00 > 18 03:00"),
    ("VBMS (as announced: 11 July 0000 to 0500) is off on July 12 midnight to 5 a.m. instead",
     "12 00:00 > 12 05:00"),
    ("Start: July 11, 10 AM\nStop: July 11, 6 PM\nPOC: Ray, available 0700-1500 weekdays",
     "11 10:00 > 11 18:00"),
    ("Maintenance of ticket TU-2025-0107 is on July 10, 9 PM to 10 PM", "10 21:00 > 10 22:00"),
]  # fmt: skip

PLACES = [
    ("Maintenance Saturday 12 July, 0700-1500 Japan time", "11 18:00 > 12 02:00"),
    ("Maintenance Friday July 11, 2 PM to 4 PM Honolulu time", "11 20:00 > 11 22:00"),
    ("Start  17/07/2025 23:30\nEnd    18/07/2025 06:00\n* All times are British Summer Time.",
     "17 18:30 > 18 01:00"),
    ("Event Start (IST)   12-Jul-2025 00:30\nEvent End (IST)     12-Jul-2025 05:30\n"
     "Event Start (GMT)   11-Jul-2025 19:00\nEvent End (GMT)     12-Jul-2025 00:00",
     "11 15:00 > 11 20:00"),
    ("Nodes are upgraded in these windows (Pacific Time):\n\n"
     "  test  Jul 10, 2025 9:00 PM - Jul 11, 2025 3:00 AM", "11 00:00 > 11 06:00"),
    ("Local: 12-07-2025 06:00 - 08:00 CEST\nUTC: 12-07-2025 04:00 - 06:00", "12 00:00 > 12 02:00"),
    ("Off at 2200 Saturday 12 July, back NLT 0400 Sunday, all Central.", "12 23:00 > 13 05:00"),
    ("VBMS is out July 11, 8 PM to 11 PM Central (10 PM to 1 AM for you Eastern folks).",
     "11 21:00 > 12 00:00"),
    ("Outage from 9 PM to 11 PM on July 11, Central time, or 10 PM to midnight in New York.",
     "11 22:00 > 12 00:00"),
]  # fmt: skip

LANGUAGES = [
    ("Am Dienstag, 15.07.2025, wird zwischen 01:00 und 03:30 Uhr MESZ der Verstärker getauscht.",
     "14 19:00 > 14 21:30"),
    ("Beginn:   Samstag, 12.07.2025, 22:00 Uhr MESZ\nEnde:     Sonntag, 13.07.2025, 06:00 Uhr MESZ",
     "12 16:00 > 13 00:00"),
    ("In der Nacht zum 10.07. von 2 bis 4 Uhr (MESZ) wird fra-edge6 ausgetauscht.",
     "9 20:00 > 9 22:00"),
    ("DS Logon sera indisponible le samedi 12 juillet, de 18 h à 22 h (heure de Bruxelles).",
     "12 12:00 > 12 16:00"),
    ("Début   Mercredi 9 juillet 2025, 01h00\nFin     Mercredi 9 juillet 2025, 05h00\n"
     "Heures exprimées en heure de Paris (CEST).", "8 19:00 > 8 23:00"),
    ("Data:     16/07/2025 (quarta-feira)\nHorário:  00h00 às 06h00 (horário de Brasília)",
     "15 23:00 > 16 05:00"),
    ("El sábado 12 de julio, de 6:00 a 8:00 p. m. hora de Puerto Rico, no se verán las citas.",
     "12 18:00 > 12 20:00"),
    ("Lo bajan el sábado 12 de julio a las 9 de la noche y lo suben el domingo 13 a la 1:30 de la"
     " madrugada.", "12 21:00 > 13 01:30"),
    ("Se retira a partir del primero de agosto a las 12:00 de la medianoche y hasta nuevo aviso.",
     "8-01 00:00 >"),
    ("Maintenance 22:00h on 11/7/2025 to 02:00h on 12/7/2025 (CEST)", "11 16:00 > 11 20:00"),
    ("Onderhoud: 12 juli 2025, 04:00 tot 08:00 CEST", "11 22:00 > 12 02:00"),
    ("Maintenance prévue le 12 juillet 2025 entre 4h et 8h (heure de Paris)",
     "11 22:00 > 12 02:00"),
    ("Na terça-feira, 15 de julho, entre as 02h00 e as 04h00 (hora de Lisboa), muda o nó.",
     "14 21:00 > 14 23:00"),
    ("Das 11h26 de quinta-feira, 17 de julho, até às 14h03 de sexta-feira, 18 de julho (hora de"
     " Lisboa), manutenção.", "17 06:26 > 18 09:03"),
    ("Alle Arbeiten enden nicht um 05:00 Uhr. Beginn war heute, 7.7., um 12:00 Uhr MESZ.\n"
     "Neues Ende: 07.07.2025, 20:30 Uhr MESZ", "7 06:00 > 7 14:30"),
    ("■日時 / Date and time (JST)\n  2025/07/11 (金/Fri) 24:00 - 2025/07/12 (土/Sat) 05:00",
     "11 11:00 > 11 16:00"),
]  # fmt: skip


TABLES = [
    ("Task   CI     Date    From      To\n"
     "T1     TIMS   Fri 11  8:00 PM   11:00 PM\nT2     COE    Sat 12  10:00 AM  1:30 PM",
     "11 20:00 > 11 23:00 & 12 10:00 > 12 13:30"),
    ("Night                From (ET)  To (ET)\nFri 7/11 → Sat 7/12  11:00 PM   2:00 AM",
     "11 23:00 > 12 02:00"),
    ("Step  From (UTC)    To (UTC)      From (ET)         To (ET)\n"
     "1     15 Jul 04:00  15 Jul 06:00  Tue 15 Jul 00:00  Tue 15 Jul 02:00",
     "15 00:00 > 15 02:00"),
    ("               Old               New\nPlanned start  07/11/2025 18:00  07/18/2025 18:00\n"
     "Planned end    07/12/2025 12:00  07/19/2025 12:00", "18 18:00 > 19 12:00"),
    ("              Old value         New value\nPlanned start 2025-07-11 18:00  2025-07-18 18:00\n"
     "Planned end 2025-07-12 12:00  2025-07-19 12:00", "18 18:00 > 19 12:00"),
    ("       A side             B side\nStart  Tue 8 July 22:00   Tue 15 July 22:00\n"
     "End    Wed 9 July 04:00   Wed 16 July 04:00", "8 22:00 > 9 04:00 & 15 22:00 > 16 04:00"),
    ("CMS  | Tuesday 7/8  | 5:00 PM | 8:00 PM ET | no publishing\n"
     "Team | Thursday 7/10 | 5:00 PM | 9:00 PM ET | same",
     "8 17:00 > 8 20:00 & 10 17:00 > 10 21:00"),
    ("NIGHTS    TUE 07/08/2025, WED 07/09/2025\nHOURS     00:00-04:00 EACH NIGHT",
     "8 00:00 > 8 04:00 & 9 00:00 > 9 04:00"),
]  # fmt: skip

DAYS = [
    ("The page is moved to another host all day Saturday, July 12.", "12 00:00 > 13 00:00"),
    ("Our housekeeping is every second Tuesday from 6 to 8 in the evening. The next is July 15.",
     "15 18:00 > 15 20:00"),
    ("We are moving it from Sat 7/12 to Sat 7/19. Same hours, noon to 6 PM.",
     "19 12:00 > 19 18:00"),
    ("The work announced for Wednesday, July 9, 7-10 p.m. is moved to Friday, July 11, same hours.",
     "11 19:00 > 11 22:00"),
    ("VBMS is cut over on Wednesday, July 9, between midnight and 6 AM. Should it rain, the crew"
     " comes on Thursday, July 10, same hours.", "9 00:00 > 9 06:00 & 10 00:00 > 10 06:00"),
    ("VBMS maintenance July 8, 9 and 10, 10 PM to 11 PM",
     "8 22:00 > 8 23:00 & 9 22:00 > 9 23:00 & 10 22:00 > 10 23:00"),
    ("Maintenance Tue-Thu (July 8-10) nightly 10 PM - 11 PM",
     "8 22:00 > 8 23:00 & 9 22:00 > 9 23:00 & 10 22:00 > 10 23:00"),
    ("Work times: 17/07/2025 00:00 to 17/07/2025 03:00 and 05/08/2025 00:00 to 05/08/2025 06:00",
     "17 00:00 > 17 03:00 & 8-05 00:00 > 8-05 06:00"),
    ("RESCHEDULED. Old: 5 July 00:00-02:00. New: 12 July 00:00-02:00", "12 00:00 > 12 02:00"),
    ("UPDATE: The work starts at 00:00 on July 12 rather than 23:00 on July 11, and ends at 02:00.",
     "12 00:00 > 12 02:00"),
    ("The end is moved from 8 AM to 2 PM today.\n\nORIGINAL, Wednesday 2 July\n"
     "VBMS is offline from Sunday, July 6, 8 PM, to Monday, July 7, 8 AM.", "6 20:00 > 7 14:00"),
    ("It runs late, VBMS stays off until 2 PM today.\n\nUpdate 1, Sunday 6 PM\n"
     "Off as announced (Sun July 6, 6 pm to Mon July 7, noon).", "6 18:00 > 7 14:00"),
    ("Correction: SSOe is down on 9 July, 10 PM - 11 PM.\n\nFrom: Ops\nSent: Monday, July 7, 2025"
     " 1:40 PM\nSubject: SSOe\n\nSSOe is down on 9 July, 8 PM - 9 PM.", "9 22:00 > 9 23:00"),
]  # fmt: skip


def test_a_reminder_means_the_notice_that_it_answers() -> None:
    quoted = "On Wed, 2 Jul 2025, Ops wrote:\n> rs1 is rebuilt on July 9, 3-4am."
    found = read(f"Starting now.\n\n{quoted}", reply_text="Starting now.")
    assert pairs(found) == table("9 03:00 > 9 04:00")


def test_a_digest_has_the_windows_of_all_its_messages() -> None:
    text = (
        "Today's Topics:\n   1. VistA 7/12\n   2. VAOS 7/13\n\n-----------------------\n\n"
        "Message: 1\nDate: Mon, 7 Jul 2025 08:20:11 -0400\nFrom: R. C.\nSubject: VistA\n\n"
        "VistA is down Saturday 7/12, 8 PM until midnight.\n\n------------------------------\n\n"
        "Message: 2\nDate: Mon, 7 Jul 2025 09:20:11 -0400\nFrom: T. M.\nSubject: VAOS\n\n"
        "VAOS goes off tomorrow from 9 PM to 11 PM.\n"
    )
    found = read(text, subject="vha-downtime Digest, Vol 31")
    assert pairs(found) == table("12 20:00 > 13 00:00 & 8 21:00 > 8 23:00")


@pytest.mark.parametrize(("text", "expected"), [*SPOKEN, *TABLES, *DAYS, *PLACES, *LANGUAGES])
def test_a_wording_gives_the_window_that_a_person_reads(text: str, expected: str) -> None:
    assert pairs(read(text)) == table(expected)


NORTHERN = (("Date", "Mon, 7 Jul 2025 10:00:00 -0600"),)


def test_a_report_goes_by_the_clock_of_its_writer() -> None:
    text = "Nobody has got past the first page since 8:30 this morning."
    assert pairs(read(text, "outage", headers=NORTHERN)) == table("7 10:30 >")


def test_a_plan_without_a_zone_is_in_the_zone_of_the_site() -> None:
    text = "Maintenance Friday, July 11, 8 PM - 9 PM"
    assert pairs(read(text, headers=NORTHERN)) == table("11 20:00 > 11 21:00")


def test_our_time_is_the_clock_of_the_sender() -> None:
    text = "Maintenance Friday, July 11, 8 PM - 9 PM our time"
    assert pairs(read(text, headers=NORTHERN)) == table("11 22:00 > 11 23:00")
