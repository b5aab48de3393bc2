"""Windows of planned work: every wording once, each with its times as a person reads them."""

from datetime import UTC, datetime

import pytest

from tests.unit.classifiers.windows_table import WRITTEN, moment, pairs, read, table

RANGES = [
    ("VBMS will be unavailable Friday, July 11, 10:00 PM ET - Saturday, July 12, 2:00 AM ET.",
     "11 22:00 > 12 02:00"),
    ("VBMS will be down tonight 11 PM - 1 AM ET", "7 23:00 > 8 01:00"),
    ("The window is tomorrow from 2:00 - 4:00 AM ET.", "8 02:00 > 8 04:00"),
    ("EVSS will be deployed on Friday, July 11 from 9 PM ET to 10:30 PM ET.",
     "11 21:00 > 11 22:30"),
    ("Down for upgrades on Friday, 11 July from 10 PM ET until Saturday, 12 July at 8 AM ET",
     "11 22:00 > 12 08:00"),
    ("Maintenance July 11 10 PM - July 13 11:59 PM", "11 22:00 > 13 23:59"),
    ("BGS down 10-11:30pm on July 11 for maintenance", "11 22:00 > 11 23:30"),
    ("Maintenance window Saturday 12 July 2200-0400", "12 22:00 > 13 04:00"),
    ("Maintenance: Friday from 8 PM to midnight ET", "11 20:00 > 12 00:00"),
    ("Maintenance July 12, 0:00 a.m. to 6:00 a.m. ET", "12 00:00 > 12 06:00"),
    ("Maintenance on 12.07.2025 22:00 - 24:00", "12 22:00 > 13 00:00"),
    ("Maintenance on 12.07.2025 2200 - 2400", "12 22:00 > 13 00:00"),
    ("Maintenance from 11 PM on July 11 until 3 AM on July 12", "11 23:00 > 12 03:00"),
    ("Maintenance Friday night at 10 to 2 AM Eastern", "11 22:00 > 12 02:00"),
    ("We will patch Saturday morning, 2:00-4:00 ET", "12 02:00 > 12 04:00"),
    ("Maintenance from 10 PM to 2 AM ET on Friday, July 11", "11 22:00 > 12 02:00"),
    ("Maintenance from 10 PM ET until 2 AM ET Saturday", "11 22:00 > 12 02:00"),
    ("Maintenance 10 PM Fri 7/11 to 2AM Sat", "11 22:00 > 12 02:00"),
    ("Maintenance from midnight Friday to 6 AM Saturday", "12 00:00 > 12 06:00"),
    ("Maintenance on July 11-12, 10 PM - 2 AM ET", "11 22:00 > 12 02:00"),
    ("Overnight Dec 11–12 the database is upgraded, 2300 to 0300", "12-11 23:00 > 12-12 03:00"),
    ("Maintenance 11-JUL-2025 2200 to 12-JUL-2025 0200 EST", "11 22:00 > 12 02:00"),
    ("Maintenance 7/11 at 22:00 hrs through 7/12 at 02:00 hrs", "11 22:00 > 12 02:00"),
    ("Scheduled for Jul 11, 22:00 - Jul 12, 02:00 EDT", "11 22:00 > 12 02:00"),
    ("Maintenance will be performed on the 15th from 1 AM to 3 AM", "15 01:00 > 15 03:00"),
    ("Work on Tuesday the 15th between 1 and 3 pm takes the service down", "15 13:00 > 15 15:00"),
    ("Maintenance on January 3, 1 AM - 2 AM ET", "2026/1-03 01:00 > 2026/1-03 02:00"),
    ("Maintenance Dec 31 10 PM - Jan 1 2 AM ET", "12-31 22:00 > 2026/1-01 02:00"),
    ("Planned work next Wednesday 6 AM to 7 AM", "16 06:00 > 16 07:00"),
    ("Planned work this Thursday, noon to 1:30 PM", "10 12:00 > 10 13:30"),
    ("Planned work 12 noon - 12 midnight on July 10", "10 12:00 > 11 00:00"),
    ("Planned work July 10th, 9a-11a ET", "10 09:00 > 10 11:00"),
    ("Planned work July 10, 11 - 1 am", "10 23:00 > 11 01:00"),
    ("Planned work July 10, 10 - 2 pm", "10 10:00 > 10 14:00"),
    ("Planned work July 10, 9 PM - 11", "10 21:00 > 10 23:00"),
    ("Planned work July 10, 930pm-1030pm", "10 21:30 > 10 22:30"),
    ("Planned work July 10, 9.30pm to 10.30pm", "10 21:30 > 10 22:30"),
    ("Planned work 2025-07-10 21:00 to 2025-07-10 23:00", "10 21:00 > 10 23:00"),
    ("Planned work 2025-07-10 21:00/23:00 is not a range, 21:00-23:00 is", "10 21:00 > 10 23:00"),
    ("Planned work on Thursday\n(July 10) from 9:00 p.m. to\n11:00 p.m. Eastern Time.",
     "10 21:00 > 10 23:00"),
    ("Planned work Thursday July 10, 2025 @ 9:00PM–11:00PM (EDT)", "10 21:00 > 10 23:00"),
    ("Planned work 10 Jul 2025 21:00 → 10 Jul 2025 23:00", "10 21:00 > 10 23:00"),
    ("Planned work from nine pm to eleven pm on July 10", "10 21:00 > 10 23:00"),
    ("Planned work on 10 July, 9 p. m. – 11 p. m.", "10 21:00 > 10 23:00"),
    ("Planned work from July 10 at 9 PM thru July 11 at 5 AM", "10 21:00 > 11 05:00"),
    ("Saturday night into Sunday morning, 10 PM - 2 AM, VBMS is offline for maintenance",
     "12 22:00 > 13 02:00"),
    ("Maintenance tonight at midnight to 3 AM", "8 00:00 > 8 03:00"),
    ("Maintenance tonight 12:30 AM - 2 AM", "8 00:30 > 8 02:00"),
    ("Friday July 11: 22:00-23:00 maintenance", "11 22:00 > 11 23:00"),
    ("The upgrade runs Friday 7/11 6 PM until Sunday 7/13 by midnight", "11 18:00 > 14 00:00"),
    ("Maintenance window: Thu, Jul 10 2025, 9:00 PM EDT to Fri, Jul 11 2025, 1:00 AM EDT",
     "10 21:00 > 11 01:00"),
    ("maintenance 7/10/25 9pm-11pm est", "10 21:00 > 10 23:00"),
    ("Maintenance on Sunday, July 13th, 2025 from 12:00 AM until approximately 6:00 AM Eastern.",
     "13 00:00 > 13 06:00"),
    ("We plan to take the gateway offline 0100-0500 on 13 July", "13 01:00 > 13 05:00"),
    ("System work 2025/07/13 01:00 ~ 05:00", "13 01:00 > 13 05:00"),
]  # fmt: skip

FORMS = [
    ("Start: 7/11/2025 10:00 PM\nEnd: 7/12/2025 2:00 AM", "11 22:00 > 12 02:00"),
    ("Start Date: 07/11/2025\nStart Time: 10:00 PM ET\nEnd Date: 07/12/2025\nEnd Time: 2:00 AM ET",
     "11 22:00 > 12 02:00"),
    ("Start Date: 07/11/2025\nEnd Date: 07/12/2025\nStart Time: 10:00 PM\nEnd Time: 2:00 AM",
     "11 22:00 > 12 02:00"),
    ("Start Date & Time: 7/19/25 12am End Date & Time: 7/19/25 6am", "19 00:00 > 19 06:00"),
    ("Date: Thursday, July 10, 2025 (07:00-09:00)", "10 07:00 > 10 09:00"),
    ("Planned start: 2025-07-11T22:00:00-04:00\nPlanned end: 2025-07-12T02:00:00-04:00",
     "11 22:00 > 12 02:00"),
    ("What: patching\nWhen:\n  Saturday, 12 July 2025\n  22:00 - 23:30 ET\nWho: all",
     "12 22:00 > 12 23:30"),
    ("System | Start | End\nVBMS | 07/12/2025 10:00 PM | 07/13/2025 2:00 AM",
     "12 22:00 > 13 02:00"),
    ("Time: 10:00 PM - 2:00 AM (ET)\nDate: July 11", "11 22:00 > 12 02:00"),
    ("Begin\n  11 July 2025, 22:00\nFinish\n  12 July 2025, 02:00", "11 22:00 > 12 02:00"),
    ("*Start:* Fri 11 July 2200\n*End:* Sat 12 July 0200", "11 22:00 > 12 02:00"),
    ("From: 11 July 2025 22:00\nUntil: 12 July 2025 02:00", "11 22:00 > 12 02:00"),
    ("Date/Time of Initial Impact: July 11, 2025 1500Z\n"
     "Date/Time of Expected End: July 11, 2025 1700Z",
     "11 11:00 > 11 13:00"),
    ("Start: July 11 - 10 PM\nEnd: July 12 - 2 AM", "11 22:00 > 12 02:00"),
    ("Planned start date: 2025-07-18 21:00:00   was: 2025-07-11 21:00:00\n"
     "Planned end date: 2025-07-20 18:00:00   was: 2025-07-13 18:00:00", "18 21:00 > 20 18:00"),
    ("Planned start: 2025-07-11 21:00 -> 2025-07-18 21:00\n"
     "Planned end: 2025-07-11 23:00 -> 2025-07-18 23:00", "18 21:00 > 18 23:00"),
    ("Start: 07/11/2025 22:00\nEnd: TBD", "11 22:00 >"),
    ("Start: 07/11/2025 22:00\nEnd: until further notice", "11 22:00 >"),
    ("Service: VBMS\nWindow: 07/11/2025 22:00 - 07/12/2025 02:00\nNext update: 07/12/2025 03:00",
     "11 22:00 > 12 02:00"),
    ("Inicio: 11/07/2025 22:00\nFin: 12/07/2025 02:00", "11 22:00 > 12 02:00"),
    ("START TIME: 22:00 EDT 11-Jul-2025\nEND TIME: 02:00 EDT 12-Jul-2025", "11 22:00 > 12 02:00"),
    ("Outage window\nJuly 11, 2025 10:00 PM\nto\nJuly 12, 2025 2:00 AM", "11 22:00 > 12 02:00"),
    ("Scheduled Start\t07/11/2025 10:00 PM EDT\nScheduled End\t07/12/2025 02:00 AM EDT",
     "11 22:00 > 12 02:00"),
]  # fmt: skip

ZONES = [
    ("Maintenance: between 11/1200Z and 11/1500Z", "11 08:00 > 11 11:00"),
    ("Maintenance on 2025-07-11 from 22:00 to 23:00 (UTC+02:00)", "11 16:00 > 11 17:00"),
    ("Maintenance July 11, 1400-1600 UTC", "11 10:00 > 11 12:00"),
    ("Maintenance July 11, 14:00 GMT to 16:00 GMT", "11 10:00 > 11 12:00"),
    ("Maintenance July 11, 17:00-19:00 GMT+3", "11 10:00 > 11 12:00"),
    ("Maintenance July 11, 9 AM - 11 AM Central", "11 10:00 > 11 12:00"),
    ("Maintenance July 11, 9 AM CST - 11 AM CST", "11 10:00 > 11 12:00"),
    ("Maintenance July 11, 7 AM to 9 AM Pacific Time", "11 10:00 > 11 12:00"),
    ("Maintenance July 11, 8 AM to 10 AM MT", "11 10:00 > 11 12:00"),
    ("Maintenance July 11, 4 AM to 6 AM HST", "11 10:00 > 11 12:00"),
    ("Maintenance July 11, 6 AM to 8 AM AKDT", "11 10:00 > 11 12:00"),
    ("Maintenance July 11, 7 am to 9 am US/Pacific", "11 10:00 > 11 12:00"),
    ("Maintenance July 11, 10:00 to 12:00 (UTC-05:00) Eastern Time (US & Canada)",
     "11 10:00 > 11 12:00"),
    ("Maintenance Saturday 6 pm PT (9 pm ET) to 8 pm PT (11 pm ET)", "12 21:00 > 12 23:00"),
    ("Maintenance on Friday July 11, 10pm-2am ET (7pm-11pm PT)", "11 22:00 > 12 02:00"),
    ("Maintenance July 11, 10 PM ET / 9 PM CT / 7 PM PT until July 12, 2 AM ET / 1 AM CT",
     "11 22:00 > 12 02:00"),
    ("Maintenance 8 am PST/11 am EST Saturday, 12 July until Sunday, 13 July 8 pm PST/11 pm EST",
     "12 11:00 > 13 23:00"),
    ("Maintenance July 11 10:00 - 12:00 (1400-1600 UTC)", "11 10:00 > 11 12:00"),
    ("All times are Central.\nMaintenance July 11, 9 AM - 11 AM", "11 10:00 > 11 12:00"),
    ("Maintenance 20250711T140000Z/20250711T160000Z", "11 10:00 > 11 12:00"),
    ("Maintenance 2025-07-11T14:00Z to 2025-07-11T16:00Z", "11 10:00 > 11 12:00"),
    ("Maintenance January 9, 2026, 10 PM EDT to 11 PM EDT", "2026/1-09 22:00 > 2026/1-09 23:00"),
]  # fmt: skip

LENGTHS = [
    ("Maintenance this Saturday at 9p for 2 hours", "12 21:00 > 12 23:00"),
    ("Starting Friday 11 July 2025 at 22:00 UTC and lasting 90 minutes, VA Profile is read-only",
     "11 18:00 > 11 19:30"),
    ("Maintenance on Tuesday the 15th at 1 pm ET. Duration: 3 hours", "15 13:00 > 15 16:00"),
    ("A two-hour maintenance window begins July 11 at 10 PM ET.", "11 22:00 > 12 00:00"),
    ("Maintenance begins July 11 at 10 PM and will last an hour and a half.",
     "11 22:00 > 11 23:30"),
    ("Maintenance begins July 11 at 10 PM and takes about three hours.", "11 22:00 > 12 01:00"),
    ("Maintenance July 11 10 PM - 2 AM. Expect an outage of 15 minutes within it.",
     "11 22:00 > 12 02:00"),
    ("VBMS will be unavailable starting Saturday July 12 at noon until further notice",
     "12 12:00 >"),
    ("Maintenance begins July 11 at 10 PM ET and ends at 2 AM ET.", "11 22:00 > 12 02:00"),
    ("VBMS maintenance will begin at 10 PM ET on Friday, July 11 and end at 2 AM ET on Saturday.",
     "11 22:00 > 12 02:00"),
    ("We take VBMS down at 10 PM ET on July 11. It will be back up by 2 AM ET.",
     "11 22:00 > 12 02:00"),
]  # fmt: skip

CHANGES = [
    ("Work scheduled to begin tomorrow, 7/8 at 1100Z has been delayed one hour to 1200z",
     "8 08:00 >"),
    ("The maintenance has been moved from Friday, July 11, 10 PM ET to Saturday, July 12, "
     "10 PM ET.",
     "12 22:00 >"),
    ("The maintenance was moved from Fri 7/11 10PM-2AM to Sat 7/12 11PM-3AM ET",
     "12 23:00 > 13 03:00"),
    ("The maintenance is postponed from July 11 to July 18, 10 PM - 2 AM ET.",
     "18 22:00 > 19 02:00"),
    ("The work was not completed and has been rescheduled to July 10, 2025 at 1500 UTC",
     "10 11:00 >"),
    ("The work originally scheduled for Fri 7/11 10 PM - 2 AM ET will now take place Sat 7/12 "
     "10 PM - 2 AM ET.", "12 22:00 > 13 02:00"),
    ("OLD: July 11, 10 PM - 2 AM ET\n(did not take place)\nNEW WINDOW: July 18, 10 PM - 2 AM ET",
     "18 22:00 > 19 02:00"),
    ("New date: July 18, 10 PM - 2 AM ET (previously: July 11, 10 PM - 2 AM ET)",
     "18 22:00 > 19 02:00"),
    ("Maintenance is July 18, 10 PM - 2 AM ET instead of July 11, 10 PM - 2 AM ET.",
     "18 22:00 > 19 02:00"),
    ("Maintenance ~~July 11, 10 PM - 2 AM ET~~ July 18, 10 PM - 2 AM ET", "18 22:00 > 19 02:00"),
    ("The window has been extended until 6 AM ET.\n\nOriginal message:\n"
     "Maintenance Friday July 11 10 PM - Saturday 2 AM ET", "11 22:00 > 12 06:00"),
    ("UPDATE #2: now July 12, 9 PM - 11 PM ET\n\nUPDATE #1: July 11, 9 PM - 11 PM ET",
     "12 21:00 > 12 23:00"),
    ("Update 1: maintenance July 11, 9 PM - 11 PM\n\nUpdate 2: maintenance July 12, 9 PM - 11 PM",
     "12 21:00 > 12 23:00"),
]  # fmt: skip

SEVERAL = [
    ("Maintenance windows:\n- Fri 7/11 10 PM - 11 PM ET\n- Sat 7/12 1 AM - 3 AM ET",
     "11 22:00 > 11 23:00 & 12 01:00 > 12 03:00"),
    ("Maintenance on Thursday 7/10 and Friday 7/11, 10 PM - 11 PM ET",
     "10 22:00 > 10 23:00 & 11 22:00 > 11 23:00"),
    ("Maintenance nightly July 9-11, 10 PM - 11 PM",
     "9 22:00 > 9 23:00 & 10 22:00 > 10 23:00 & 11 22:00 > 11 23:00"),
    ("First window: Wed 9 July 9 PM to 10 PM. Second window: Fri 11 July 10 PM to Sat 8 AM ET.",
     "9 21:00 > 9 22:00 & 11 22:00 > 12 08:00"),
    ("Primary: Sat 12 July 2200-2300\nBackup: Sun 13 July 2200-2300",
     "12 22:00 > 12 23:00 & 13 22:00 > 13 23:00"),
    ("Saturday, July 12\n  VBMS 8 PM - 9 PM\n  BGS 10 PM - 11 PM",
     "12 20:00 > 12 21:00 & 12 22:00 > 12 23:00"),
]  # fmt: skip

LETTERS = [
    ("The team deploys this Friday, July 11th. The outage window is scheduled for 9:00PM - "
     "11:30PM EST. If there are no issues the outage is approximately 15 minutes.\n\n"
     "Pre-validation: 8:30PM EST\nBridge line: 1-855-555-0143", "11 21:00 > 11 23:30"),
    ("DS Logon undergoes maintenance beginning Saturday, 12 Jul 2025 at 10:00 PM (EDT) and is "
     "expected to conclude by Sunday, 13 Jul 2025 at 6:00 AM (EDT).", "12 22:00 > 13 06:00"),
    ("Maintenance window: 2025-07-12 02:00 - 06:00 UTC (Fri 10 PM - Sat 2 AM EDT)",
     "11 22:00 > 12 02:00"),
    ("Tonight's maintenance (10 PM - 12 AM) will now run until 2 AM ET.", "7 22:00 > 8 02:00"),
    ("The window for tonight's work is changing. Instead of 9 PM we will start at 11 PM ET and "
     "be done by 1 AM.", "7 23:00 > 8 01:00"),
    ("BGS maintenance on 7/12 has been pushed to 7/19. Same time, 10 PM - 2 AM ET.",
     "19 22:00 > 20 02:00"),
    ("BIS will be offline from 5 to 7 tomorrow evening (Eastern) for a certificate swap.",
     "8 17:00 > 8 19:00"),
    ("Start Time:\t7/12/25 1:00 AM Central\nStop Time:\t7/12/25 5:00 AM Central\n"
     "Duration:\t4 hours", "12 02:00 > 12 06:00"),
    ("Maintenance is under way. It began at 11:00 AM ET and is expected to finish by 2:00 PM ET.",
     "7 11:00 > 7 14:00"),
    ("Starts: Saturday, July 12, 10:00 PM\nEnds: Sunday, July 13, 2:00 AM\nTime zone: Central",
     "12 23:00 > 13 03:00"),
    ("Window opens July 12th at 22:00 and closes July 13th at 02:00 (all times US/Central).",
     "12 23:00 > 13 03:00"),
    ("Date: 7/12/2025\nStart: 2200 ET\nEnd: 0200 ET (7/13/2025)", "12 22:00 > 13 02:00"),
    ("Our API will be shut off for 45 minutes on July 10 at 5:15 AM ET.", "10 05:15 > 10 06:00"),
]  # fmt: skip

SPANISH = [
    ("El mantenimiento será el viernes 11 de julio de 2025 de 10 p. m. a 2 a. m. (hora del este)",
     "11 22:00 > 12 02:00"),
    ("VA.gov no estará disponible mañana de 2:00 a 4:00 a. m.", "8 02:00 > 8 04:00"),
    ("Mantenimiento programado: sábado 12 de julio, desde las 22:00 hasta las 23:30",
     "12 22:00 > 12 23:30"),
    ("Mantenimiento hoy de 9 p.m. a medianoche", "7 21:00 > 8 00:00"),
    ("Mantenimiento del 11 de julio a las 10 p. m. al 12 de julio a las 2 a. m.",
     "11 22:00 > 12 02:00"),
]  # fmt: skip

NONE = [
    "Please join the maintenance bridge on July 11 at 2 PM ET.",
    "Maintenance is planned for Saturday, July 12.",
    "Maintenance is planned, the next update comes at 9:30 AM ET.",
    "Maintenance soon. Go/no-go call Wednesday, July 9, 2 PM - 3 PM ET.",
    "Maintenance of release 3.14 comes with CHG0588730; call 855-555-0173 with questions.",
    "Maintenance notes. Replies due by 5 PM Friday, July 11.",
    "Maintenance: pre-validation starts at 8 PM ET on July 11.",
    "Maintenance crew of 4 - 6 people, PR 17117, 53826 errors, rooms 10/11, 24/7 support.",
    "About the maintenance.\n\nSent: Friday, July 11, 2025 2:10 PM",
    "Maintenance this morning went as usual, thanks.",
    "Our maintenance desk has office hours Monday to Friday 8 AM - 6 PM ET.",
    "Maintenance\nSubmitted: 7/7/2025 9:05 AM\nReceived 07/07/2025 20:47",
    "",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [*RANGES, *FORMS, *ZONES, *LENGTHS, *CHANGES, *SEVERAL, *LETTERS, *SPANISH],
)
def test_a_wording_gives_the_window_that_a_person_reads(text: str, expected: str) -> None:
    assert pairs(read(text)) == table(expected)


@pytest.mark.parametrize("text", NONE)
def test_a_time_that_is_none_of_the_work_gives_no_window(text: str) -> None:
    assert pairs(read(text)) == []


DOUBTED = [
    ("Maintenance Friday July 12, 10 PM to 11 PM", "12 22:00 > 12 23:00", "weekday"),
    ("Maintenance July 11 10 PM to July 11 9 PM", "11 22:00 >", "end"),
    ("Maintenance July 11 10 PM to July 31 9 PM", "11 22:00 > 31 21:00", "14 days"),
    ("Maintenance July 11, 10 PM ET (8 PM PT) - 11 PM ET", "11 22:00 > 11 23:00", "zones"),
    ("Maintenance July 11, 10 PM - 12 PM", "11 22:00 > 12 12:00", "noon"),
    ("Maintenance from 10 PM to 11 PM", "7 22:00 > 7 23:00", "No date"),
    ("Maintenance tomorrow, July 9, 10 PM to 11 PM", "9 22:00 > 9 23:00", "word for the day"),
    ("Maintenance 8 March 2026, 2:30 AM to 5 AM", "2026/3-08 03:30 > 2026/3-08 05:00", "forward"),
    ("Maintenance July 20-24, 10 PM - 11 PM", "20 22:00 > 24 23:00", "Several days"),
]


@pytest.mark.parametrize(("text", "expected", "doubt"), DOUBTED)
def test_what_does_not_fit_is_kept_and_doubted(text: str, expected: str, doubt: str) -> None:
    found = read(text)
    assert pairs(found) == table(expected)
    assert any(doubt in said for said in found.doubts)


@pytest.mark.parametrize(("text", "expected"), [*RANGES[:20], *FORMS[:8], *SEVERAL[:2]])
def test_an_ordinary_window_is_not_doubted(text: str, expected: str) -> None:
    assert read(text).doubts == ()


def test_a_doubled_hour_is_the_first_for_a_start_and_the_second_for_an_end() -> None:
    found = read("Maintenance 2 November 2025, 1:15 AM to 1:45 AM")
    assert pairs(found) == [
        (datetime(2025, 11, 2, 5, 15, tzinfo=UTC), datetime(2025, 11, 2, 6, 45, tzinfo=UTC))
    ]
    assert found.doubts


def test_an_abbreviation_tells_which_of_the_doubled_hours_is_meant() -> None:
    found = read("Maintenance 2 November 2025, 1:15 AM EDT to 1:15 AM EST")
    assert pairs(found) == [
        (datetime(2025, 11, 2, 5, 15, tzinfo=UTC), datetime(2025, 11, 2, 6, 15, tzinfo=UTC))
    ]
    assert found.doubts == ()


def test_a_zone_that_is_not_said_is_the_given_one() -> None:
    found = read("Maintenance July 11, 7 PM - 9 PM", zone="America/Los_Angeles")
    assert pairs(found) == table("11 22:00 > 12 00:00")
    assert found.doubts == ()


def test_an_unknown_zone_of_the_site_is_eastern() -> None:
    assert pairs(read("Maintenance July 11, 7 PM - 9 PM", zone="Mars/Olympus")) == table(
        "11 19:00 > 11 21:00"
    )


def test_a_site_elsewhere_writes_the_day_first() -> None:
    found = read("Maintenance 08/09/2025 22:00 - 23:00 CEST", zone="Europe/Paris")
    assert found.windows[0].start == datetime(2025, 9, 8, 20, tzinfo=UTC)


def test_the_weekday_decides_between_month_and_day() -> None:
    assert pairs(read("Maintenance Tuesday 5/8 10 PM - 11 PM")) == table("8-05 22:00 > 8-05 23:00")


def test_the_other_end_decides_between_month_and_day() -> None:
    found = read("Start: 12/07/2025 22:00 UTC\nEnd: 13/07/2025 02:00 UTC")
    assert pairs(found) == table("12 18:00 > 12 22:00")


def test_the_subject_lends_the_day() -> None:
    found = read("VBMS is down from 10 PM to 2 AM ET.", subject="VBMS maintenance Friday, July 11")
    assert pairs(found) == table("11 22:00 > 12 02:00")
    assert found.doubts == ()


def test_the_subject_alone_is_enough() -> None:
    found = read("Please see the subject.", subject="VBMS maintenance Fri 7/11 10 PM - 2 AM ET")
    assert pairs(found) == table("11 22:00 > 12 02:00")
    assert found.evidence[0].field == "subject"


def test_a_stale_subject_is_doubted_and_the_text_kept() -> None:
    found = read(
        "Maintenance July 18, 10 PM - 11 PM.", subject="Maintenance July 11, 10 PM - 11 PM"
    )
    assert pairs(found) == table("18 22:00 > 18 23:00")
    assert found.doubts


def test_quoted_history_gives_no_window() -> None:
    text = "Thanks, noted.\n\n> Maintenance July 11, 10 PM - 11 PM"
    assert pairs(read(text)) == []


def test_an_extension_takes_its_start_from_the_quoted_notice() -> None:
    text = "The maintenance is extended until 4 AM ET.\n\n> Maintenance July 7, 10 PM - 11 PM ET"
    found = read(text, reply_text="The maintenance is extended until 4 AM ET.")
    assert pairs(found) == table("7 22:00 > 8 04:00")


def test_a_forwarded_notice_is_read_from_its_own_day() -> None:
    forwarded = "VBMS will be down tomorrow 10 PM - 11 PM ET for maintenance."
    found = read(
        f"FYI\n\n{forwarded}",
        reply_text="FYI",
        forwarded_text=forwarded,
        forwarded_date=datetime(2025, 7, 9, 1, 0, tzinfo=UTC),
        date=datetime(2025, 7, 9, 14, 0, tzinfo=UTC),
    )
    assert pairs(found) == table("9 22:00 > 9 23:00")


def test_the_newest_words_beat_the_forwarded_ones() -> None:
    found = read(
        "x",
        reply_text="They told me it is July 12, 9 PM - 10 PM now.",
        forwarded_text="Maintenance July 11, 9 PM - 10 PM",
    )
    assert pairs(found) == table("12 21:00 > 12 22:00")


def test_struck_out_words_of_a_html_mail_are_out_of_force() -> None:
    found = read(
        "Maintenance July 11, 9 PM - 10 PM July 12, 9 PM - 10 PM",
        html="<p>Maintenance <s>July 11, 9 PM - 10 PM</s> July 12, 9 PM - 10 PM</p>",
    )
    assert pairs(found) == table("12 21:00 > 12 22:00")


def test_evidence_points_into_the_text() -> None:
    text = "Hello,\n\nmaintenance is July 11, 10 PM - 2 AM ET as agreed."
    (shown,) = read(text).evidence
    assert text[shown.start : shown.end] == shown.text == "July 11, 10 PM - 2 AM ET"


def test_without_a_date_of_writing_a_whole_date_is_still_read() -> None:
    found = read("Maintenance 2025-07-11 22:00 - 23:00", date=None)
    assert pairs(found) == table("11 22:00 > 11 23:00")


def test_a_year_is_the_nearest_to_the_day_of_writing() -> None:
    written = datetime(2025, 12, 20, tzinfo=UTC)
    found = read("Maintenance January 3, 10 PM - 11 PM", date=written)
    assert found.windows[0].start == moment("2026/1-03 22:00")
    assert written > WRITTEN


@pytest.mark.parametrize(
    ("subject", "text", "status"),
    [
        ("Scheduled maintenance", "July 11, 10 PM - 11 PM", "CONFIRMED"),
        ("RESCHEDULED: maintenance", "July 11, 10 PM - 11 PM", "RE-SCHEDULED"),
        ("Change of date: planned works", "July 11, 10 PM - 11 PM", "RE-SCHEDULED"),
        ("Tentative maintenance", "July 11, 10 PM - 11 PM", "TENTATIVE"),
        ("Maintenance in progress", "July 7, 11 AM - 2 PM", "IN-PROCESS"),
        ("Maintenance", "July 11, 10 PM - 11 PM. Mail us once the work is complete.", "CONFIRMED"),
        ("Start of maintenance", "The maintenance has begun. July 7, 11 AM - 2 PM", "IN-PROCESS"),
        ("Work", "July 11, 10 PM - 11 PM\nStatus: Tentative", "TENTATIVE"),
        ("Work EXTENDED", "It is still in progress. July 7, 11 AM - 4 PM", "IN-PROCESS"),
        ("Work", "Traffic will be moved. July 11, 10 PM - 11 PM", "CONFIRMED"),
    ],
)
def test_the_status_is_what_the_notice_says_of_itself(
    subject: str, text: str, status: str | None
) -> None:
    assert read(text, subject=subject).status == status


def test_cancelled_work_has_no_window_and_says_so() -> None:
    found = read("The maintenance of July 11, 10 PM - 11 PM is cancelled.", "cancelled")
    assert (found.windows, found.status) == ((), "CANCELLED")


@pytest.mark.parametrize("event", ["question", "info", "noise", "access_problem", "cancelled"])
def test_other_events_have_no_windows(event: str) -> None:
    assert read("Maintenance July 11, 10 PM - 11 PM ET", event).windows == ()  # type: ignore[arg-type]  # parametrized
