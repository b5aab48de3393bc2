"""When trouble began, and from when to when it was: only what a report says of it."""

from datetime import UTC, datetime

import pytest

from tests.unit.classifiers.windows_table import pairs, read, table

BEGAN = [
    ("EVSS is down. Since 10:42 this morning ET nothing works. Next update at noon.", "7 10:42 >"),
    ("BGS took a fault at 9:05 AM ET; errors on all calls.", "7 09:05 >"),
    ("VBMS went down at 11:50 AM ET. Support is on it.", "7 11:50 >"),
    ("VBMS is unavailable as of 6:30 AM CT.", "7 07:30 >"),
    ("Opened On: Jul 7, 2025 at 11:36 AM EDT\nStatus: Triggered", "7 11:36 >"),
    ("Triggered at: 2025-07-07T15:10:05Z", "7 11:10:05 >"),
    ("startsAt: 2025-07-07T15:10:05.123Z", "7 11:10:05 >"),
    ("Down since: 2025-07-07 10:13:05 (UTC-05:00)", "7 11:13:05 >"),
    ("The outage began yesterday at 9 p.m. Eastern.", "6 21:00 >"),
    ("Sign-in has been failing since last night at 11:30 pm.", "6 23:30 >"),
    ("Logins started failing around 8:15 AM ET today.", "7 08:15 >"),
    ("Since Sunday, July 6 at 10 PM ET users are seeing errors.", "6 22:00 >"),
    ("It stopped working at 1:00 pm Central on Friday.", "4 14:00 >"),
    ("Impact start: 07/07/2025 09:00 AM ET\nExpected end: 07/07/2025 5:00 PM ET", "7 09:00 >"),
    ("El portal está caído desde las 9:15 a. m.", "7 09:15 >"),
    ("Beginning at 0915 ET, 504 errors on every call to BGS.", "7 09:15 >"),
    ("Between 9:10 and 9:40 AM ET calls to MPI were failing, and it goes on.", "7 09:10 >"),
    ("[FIRING:1] BGSDown\nStarted: 2025-07-07 15:00:11.123 +0000 UTC", "7 11:00:11 >"),
    ("Incident start time 2025-07-07 13:00 UTC, severity 2", "7 09:00 >"),
    ("Since roughly ten past eight Eastern nobody gets past the landing page.", "7 08:10 >"),
    ("We first saw receipts slip at 11:40 AM Eastern.", "7 11:40 >"),
    ("9:04 this morning, the gateway stopped talking and the page is blank.", "7 09:04 >"),
    ("From 15:05 UTC onward one call in six comes back as a 504.", "7 11:05 >"),
    ("Time of alert: Monday, July 7, 2025 9:38 AM CST", "7 10:38 >"),
    ("Opened: Jul 7, 2025 9:30 AM EDT\nState: ACTIVATED", "7 09:30 >"),
    ("Number: INC1300451\nOpened: 2025-07-07 11:01\nDescription: As of 10:45 AM BGS is down.",
     "7 10:45 >"),
    ("VBMS down\n- startsAt = 2025-07-07T15:10:00Z\n\nBGS down\n- startsAt = 2025-07-07T14:10:00Z\n"
     "- endsAt = 2025-07-07T14:40:00Z", "7 11:10 >"),
    ("jo 9:02 AM\nit all went blank at 8:50 AM eastern\nmo 9:05 AM\nsame here", "7 08:50 >"),
    ("UPDATE 2 (11:15 ET): Still down.\n\nUPDATE 1 (10:05 ET): Began 9:30 ET. Checking.",
     "7 09:30 >"),
]  # fmt: skip

OUT = [
    ("VBMS has been down since eight thirty this morning.", "7 08:30 >"),
    ("VBMS has been down since a quarter of nine this morning.", "7 08:45 >"),
    ("It went at ten to nine.", "7 08:50 >"),
    ("From nine on nobody can get in.", "7 09:00 >"),
    ("Down since about 9ish, nobody gets in.", "7 09:00 >"),
    ("It died at 0915L.", "7 09:15 >"),
    ("It died at 915 this morning.", "7 09:15 >"),
    ("Nothing since 9.15 this morning.", "7 09:15 >"),
    ("[09:15] VBMS unreachable", "7 09:15 >"),
    ("Time: Mon Jul  7 09:15:00 2025 ET\nHost: vbms", "7 09:15 >"),
    ("Incident began: 2025-07-07 13:15 UTC\nIncident detected: 2025-07-07 13:20 UTC", "7 09:15 >"),
    ("All was well until 9:15 AM.", "7 09:15 >"),
    ("Around 915 ET this morning everything stopped.", "7 09:15 >"),
    ("VBMS has said Access denied to everybody, 9:15 on.", "7 09:15 >"),
    ("First occurrence: Mon Jul  7 13:15:00 2025 (UTC)", "7 09:15 >"),
    ("No abre desde las nueve y media.", "7 09:30 >"),
    ("VBMS se cayó a las 9:15.", "7 09:15 >"),
    ("Seit 15:05 Uhr MESZ ist das gesamte Bauteil spannungslos.", "7 09:05 >"),
    ("Depuis 15h47 (heure de Paris), la liaison est coupée.", "7 09:47 >"),
    ("O circuito encontra-se em baixo desde as 14h26 (hora de Lisboa) de hoje.", "7 09:26 >"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), OUT)
def test_an_outage_began_at_the_one_moment_that_is_named(text: str, expected: str) -> None:
    assert pairs(read(text, "outage")) == table(expected)


NOT_BEGUN = [
    "I tried at 9:15 am and at 10 am and got an error.",
    "The site is down. Next update at noon.",
    "The site has been slow since Sunday.",
    "It is down this morning, please help.",
    "Customer By Web 07/07/2025 09:10 AM\nThe page is down.",
    "Submitted: 7/7/2025 9:05 AM\nDescribe what happened: it is down",
    "VBMS is down, see the bridge at 1 PM ET.",
    "Assigned to you since Jul 7, 2025 at 9:02 AM EDT. VBMS is down.",
    "I called the help desk at 9:30 this morning about the outage.",
    "eBenefits is down. I have an appointment at 2 pm.",
    "Down. Call 855-555-0173 from 8 AM to 8 PM ET.",
    "priya  9:09 AM\none of their four nodes is sick, calls fail",
    "Pages fail.\nJul 7, 14:20 UTC\n\nInvestigating slow pages.\nJul 7, 13:20 UTC",
    "Work notes 07/07/2025 09:44 ET:\nNobody can sign in any more.",
    "Number: INC13004518\nOpened: 2025-07-07 11:01:12\nThe date is missing in letters.",
    "All children of 4B were dropped, 4A and 4C were not, the platform is down.",
    "It is down. The old link, circulated at noon, lets us in.",
    "Volume 9am-10am ET: 412 posts, the code comes late or fails",
]

OVER = [
    ("Down since: 2025-07-07 08:13:05 (UTC-05:00)\nUp since: 2025-07-07 08:24:47 (UTC-05:00)",
     "7 09:13:05 > 7 09:24:47"),
    ("The outage lasted from 9:00 AM to 9:52 AM ET.", "7 09:00 > 7 09:52"),
    ("We took EVSS down at 9:00 AM ET and opened it to all users again at 9:52 AM ET.",
     "7 09:00 > 7 09:52"),
    ("Between 9:10 and 9:40 AM ET calls to MPI were failing. All is well.", "7 09:10 > 7 09:40"),
    ("Started at 11:40 pm last night, restored at 1:20 am.", "6 23:40 > 7 01:20"),
    ("The outage began at 9:00 AM ET and lasted 40 minutes.", "7 09:00 > 7 09:40"),
    ("Problem start: 7/6/2025 22:00\nProblem end: 7/7/2025 01:30", "6 22:00 > 7 01:30"),
    ("The outage that started at 8:05 AM ET was fixed at 9:30 AM ET.", "7 08:05 > 7 09:30"),
    ("Began 7 July 2025 13:00 UTC. Resolved 7 July 2025 14:15 UTC.", "7 09:00 > 7 10:15"),
    ("It has been back since 9:40 AM ET. It was down for everybody from 8 PM Sunday.",
     "6 20:00 > 7 09:40"),
    ("We asked for Sunday 11 PM through Monday 2 PM. BGS was down from 11 PM Sunday to 4:35 AM.",
     "6 23:00 > 7 04:35"),
    ("Update 2: Normal since 9:40 AM ET.\n\nUpdate 1: The site went down at 9:05 AM ET.",
     "7 09:05 > 7 09:40"),
    ("RESOLVED 0950 / STARTED 0915", "7 09:15 > 7 09:50"),
    ("Circuit down 06-Jul 22:10 UTC, up 07-Jul 01:40 UTC", "6 18:10 > 6 21:40"),
    ("VBMS was out from 9:15 AM for 35 minutes.", "7 09:15 > 7 09:50"),
    ("The errors stopped at 9:50 AM. They had started at 9:15 AM.", "7 09:15 > 7 09:50"),
    ("Fix deployed at 9:50 ET after users had been locked out since 9:15 ET.", "7 09:15 > 7 09:50"),
    ("Time of failure: 13:15Z. Time of repair: 13:50Z.", "7 09:15 > 7 09:50"),
    ("Duration: 09:15 - 09:50 EDT (35 minutes)", "7 09:15 > 7 09:50"),
    ("Störungsbeginn: 07.07.2025 15:15 MESZ\nStörungsende: 07.07.2025 15:50 MESZ",
     "7 09:15 > 7 09:50"),
    ("From: 6:30 AM Central today, when the array reset.\nTo: 8:10 AM Central.",
     "7 07:30 > 7 09:10"),
    ("startsAt: 2025-07-07T13:02:00Z\nendsAt: 2025-07-07T13:40:00Z", "7 09:02 > 7 09:40"),
    ("Opened   Jul 7, 2025 2:03 PM UTC\nClosed   Jul 7, 2025 2:39 PM UTC", "7 10:03 > 7 10:39"),
    ("La interrupción duró de 9:00 a. m. a 9:40 a. m.", "7 09:00 > 7 09:40"),
]  # fmt: skip

NOT_OVER = [
    "Restored as of 0645 this morning.",
    "VBMS is back up since 9:52 AM ET.",
    "It was down for 11 minutes and 42 seconds.",
    "This is fixed now. Thanks everyone, review call at 2 PM - 3 PM ET.",
]


@pytest.mark.parametrize(("text", "expected"), BEGAN)
def test_trouble_has_the_beginning_that_is_said_and_no_end(text: str, expected: str) -> None:
    assert pairs(read(text, "outage")) == table(expected)
    assert pairs(read(text, "degradation")) == table(expected)


@pytest.mark.parametrize("text", NOT_BEGUN)
def test_a_time_that_is_not_its_beginning_gives_none(text: str) -> None:
    assert pairs(read(text, "outage")) == []


@pytest.mark.parametrize(("text", "expected"), OVER)
def test_what_is_over_has_a_window_where_both_ends_are_said(text: str, expected: str) -> None:
    assert pairs(read(text, "resolved")) == table(expected)


@pytest.mark.parametrize("text", NOT_OVER)
def test_one_end_alone_gives_none(text: str) -> None:
    assert pairs(read(text, "resolved")) == []


def test_a_beginning_is_never_after_the_mail() -> None:
    early = datetime(2025, 7, 7, 4, 10, tzinfo=UTC)
    assert pairs(read("We went down at 11:50 PM ET", "outage", date=early)) == table("6 23:50 >")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Flag back on at 3:40 and VBMS is down since.", "7 15:40 >"),
        ("VBMS is down, nobody gets in since 11:20 today.", "7 11:20 >"),
        ("VBMS is down since 03:40.", "7 03:40 >"),
        ("VBMS is down since 3:40 this morning.", "7 03:40 >"),
    ],
)
def test_a_bare_hour_of_a_report_is_the_last_one_before_it(text: str, expected: str) -> None:
    late = datetime(2025, 7, 7, 20, 30, tzinfo=UTC)  # 4:30 in the afternoon
    assert pairs(read(text, "outage", date=late)) == table(expected)


def test_who_opened_a_ticket_is_not_when_trouble_began() -> None:
    text = "Incident: INC2187734\nOpened by: duty\nDescription:\nSince 08:05 all clerks are out."
    assert pairs(read(text, "outage")) == table("7 08:05 >")


def test_the_same_beginning_in_several_alerts_is_one() -> None:
    opened = "Opened On: Jul 7, 2025 at 11:36 AM EDT\n"
    text = f"#1 VBMS is down\n{opened}\n#2 BGS is down\n{opened}"
    assert pairs(read(text, "outage")) == table("7 11:36 >")


def test_each_alert_has_its_own_beginning() -> None:
    text = "VBMS\nTriggered at: 2025-07-07 11:30\n\nBGS\nTriggered at: 2025-07-07 11:36"
    assert pairs(read(text, "outage")) == table("7 11:30 > & 7 11:36 >")


def test_a_forwarded_report_may_be_written_in_another_zone() -> None:
    forwarded = "PPMS is unavailable as of 6:30 AM CT."
    found = read(
        f"See below.\n\n{forwarded}",
        "outage",
        reply_text="See below.",
        forwarded_text=forwarded,
        forwarded_date=datetime(2025, 7, 7, 6, 34, tzinfo=UTC),
    )
    assert pairs(found) == table("7 07:30 >")


def test_finished_work_is_completed_and_other_news_has_no_status() -> None:
    assert read("The maintenance is over.", "resolved").status == "COMPLETED"
    assert read("It works again.", "resolved").status is None
    assert read("VBMS maintenance broke it, down since 9 AM.", "outage").status is None
