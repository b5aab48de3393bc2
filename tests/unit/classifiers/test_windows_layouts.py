"""Layouts of providers' notices: labels in any language, zones beside label or value, day first."""

from datetime import UTC, datetime

import pytest

from tests.unit.classifiers.windows_table import pairs, read

FIRST = datetime(2025, 7, 11, 22, 0, tzinfo=UTC)
LAST = datetime(2025, 7, 12, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Początek prac: 12.07.2025 00:00 CEST\nKoniec prac: 12.07.2025 04:00 CEST",
        "Начало: 12.07.2025 01:00 МСК\nОкончание: 12.07.2025 05:00 МСК",
        "Startdatum: 12-07-2025 00:00\nEinddatum: 12-07-2025 04:00\nTijdzone: Europe/Amsterdam",
        "Data inizio: 12/07/2025 ore 00:00\nData fine: 12/07/2025 ore 04:00\nFuso orario: CEST",
        "Start: 12/07/2025 kl 00:00\nSlut: 12/07/2025 kl 04:00 (CEST)",
        "Start Time (WIB): 12-Jul-2025 05:00\nEnd Time (WIB): 12-Jul-2025 09:00",
        "Start: 2025-07-12 02:00 GST\nEnd: 2025-07-12 06:00 GST",
        "Start: 12:00 AM local time (Madrid) 12/07/2025\n"
        "End: 4:00 AM local time (Madrid) 12/07/2025",
        "Start: 12 July 2025 01:00 (Athens time)\nEnd: 12 July 2025 05:00 (Athens time)",
        "Window: 12 July 2025 00:00 - 04:00 Barcelona local time",
        "Start: Jul 11, 2025 3:00 PM PDT / Jul 11, 2025 10:00 PM UTC\n"
        "End: Jul 11, 2025 7:00 PM PDT / Jul 12, 2025 2:00 AM UTC",
        "Work start time\n    11 Jul 2025 22:00:00 (UTC)\nWork end time\n"
        "    12 Jul 2025 02:00:00 (UTC)\nReason for work\n    capacity",
        "Start: 2025-07-04 22:00 UTC  -->  2025-07-11 22:00 UTC\n"
        "End:   2025-07-05 02:00 UTC  -->  2025-07-12 02:00 UTC",
        "SCHEDULE (UTC)\nSTART  11-JUL-2025 22:00\nEND  12-JUL-2025 02:00\n\n"
        "SCHEDULE (LOCAL TIME - KARACHI)\nSTART  12-JUL-2025 03:00\nEND  12-JUL-2025 07:00",
        "Start Date  07/11/2025  End Date  07/12/2025\nStart Time  22:00 UTC  End Time  02:00 UTC",
        "1. Reference: 2025-0311\n2. Start time: 11/07/2025 22:00 GMT\n"
        "3. End time: 12/07/2025 02:00 GMT\n4. Sent: 30/06/2025",
        "In der Nacht vom 11.07.2025 auf den 12.07.2025 in der Zeit von 22:00 bis 02:00 Uhr UTC",
        "Place  Start  End  Time Zone\nOmaha  2025-07-11 22:00  2025-07-12 02:00  GMT\n"
        "Omaha  2025-07-11 17:00  2025-07-11 21:00  Central",
        "Zone  Start  End\nUTC  Jul 11, 2025 22:00  Jul 12, 2025 02:00\n"
        "EST  Jul 11, 2025 18:00  Jul 11, 2025 22:00",
        "LOCAL: SATURDAY, 12 JUL 06:00 - SATURDAY, 12 JUL 10:00\n"
        "UTC: FRIDAY, 11 JUL 22:00 - SATURDAY, 12 JUL 02:00",
        "Start date: July 11, 2025\nStart time: 6:00 PM\nEnd date: July 11, 2025\n"
        "End time: 10:00 PM\nTime zone: (UTC-04:00) Eastern Time (US & Canada)",
        "Window: Fri 11 Jul 2025 22:00 UTC .. Sat 12 Jul 2025 02:00 UTC",
        "Window: Friday, 11 July 2025, 22.00 - 02.00 (UTC)",
        "Window: Friday, 11 July 2025, 22:00 - 02:00 UTC\n"
        "Coordinator: Kim, available Mon-Fri 9am-5pm ET",
        "Ticket\nT-100\nStart\n2025-07-11 22:00 UTC\nEnd\n2025-07-12 02:00 UTC\nImpact\n30 minutes",
    ],
)
def test_a_start_and_an_end_are_read_under_the_labels_of_any_provider(text: str) -> None:
    assert pairs(read(text)) == [(FIRST, LAST)]


@pytest.mark.parametrize(
    ("offset", "utc"), [("+0100", (21, 1)), ("+0530", (16, 20)), ("+0300", (19, 23))]
)
def test_an_abbreviation_of_two_countries_is_of_the_senders(
    offset: str, utc: tuple[int, int]
) -> None:
    found = read(
        "Window: 11 July 2025 22:00 - 12 July 2025 02:00 IST",
        headers=(("Date", f"Mon, 7 Jul 2025 12:00:00 {offset}"),),
    )
    assert [one.hour for one in pairs(found)[0] if one] == list(utc)


def test_the_zone_of_office_hours_is_not_that_of_the_work() -> None:
    found = read(
        "Window (UTC): 11 July 2025 22:00 - 12 July 2025 02:00\n\n"
        "Office hours: Monday - Friday, 8:00 AM - 6:00 PM PT."
    )
    assert pairs(found) == [(FIRST, LAST)]


def test_when_a_notice_was_made_is_no_window() -> None:
    found = read(
        "*Created:* 2025-07-01 10:00 CEST\n*Changed:* 2025-07-01 10:05 CEST\n"
        "*Begin:* 2025-07-12 00:00 CEST\n*Expected end:* 2025-07-12 04:00 CEST"
    )
    assert pairs(found) == [(FIRST, LAST)]


def test_capitals_that_are_words_are_zones_only_beside_a_time() -> None:
    found = read("CAT scan schedule: July 11, 10 PM - 11 PM ET. The COT team is on it.")
    assert pairs(found) == [
        (datetime(2025, 7, 12, 2, tzinfo=UTC), datetime(2025, 7, 12, 3, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    ("sender", "month", "day"),
    [("noc@fibre.example.de", 9, 8), ("noc@fiber.example.us", 8, 9)],
)
def test_digits_are_in_the_order_of_the_senders_country(sender: str, month: int, day: int) -> None:
    found = read("Start: 08/09/2025 22:00 UTC\nEnd: 08/09/2025 23:00 UTC", from_address=sender)
    assert found.windows[0].start == datetime(2025, month, day, 22, tzinfo=UTC)


def test_a_month_named_elsewhere_tells_the_order_of_digits() -> None:
    found = read(
        "Start: 22:00 08/09/2025 UTC\nEnd: 23:00 08/09/2025 UTC\nOn 8 September 2025 we test power."
    )
    assert found.windows[0].start == datetime(2025, 9, 8, 22, tzinfo=UTC)


def test_a_plan_is_not_read_into_the_past_or_far_away_where_the_other_order_is_near() -> None:
    found = read("Start: 10/07/2025 10 PM ET\nEnd: 10/07/2025 11 PM ET")
    assert found.windows[0].start == datetime(2025, 7, 11, 2, tzinfo=UTC)
    assert found.doubts
