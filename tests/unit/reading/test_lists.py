"""Which list a message came through."""

import pytest

from gateway.reading import read


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("List-Id: Notices <Downtime.Lists.example.gov>", "downtime.lists.example.gov"),
        ("List-Id: <downtime.lists.example.gov>", "downtime.lists.example.gov"),
        ("List-Id: downtime.lists.example.gov", "downtime.lists.example.gov"),
        ("List-Id: Java<SUP>TM</SUP> talk <java.lists.example>", "java.lists.example"),
        ("List-Id: =?utf-8?q?Caf=C3=A9?= <cafe.lists.example>", "cafe.lists.example"),
        ("List-Id: Notices\n <downtime.lists.\n example.gov>", "downtime.lists.example.gov"),
        ("Mailing-List: list talk@groups.example; contact talk-owner@x", "talk.groups.example"),
        ("Mailing-List: contact talk-help@groups.example; run by ezmlm", "talk.groups.example"),
        ("X-Mailing-List: <talk@groups.example> archive/latest/12", "talk.groups.example"),
        ("List-Post: <mailto:talk@groups.example?subject=x>", "talk.groups.example"),
        ("X-BeenThere: talk@groups.example", "talk.groups.example"),
        ("Subject: no list", None),
        ("List-Id: <>", None),
    ],
)
def test_the_list_is_named_bare_and_in_lower_case(head, expected):
    assert read(f"From: a@b.example\n{head}\n\nx".encode()).list_id == expected
