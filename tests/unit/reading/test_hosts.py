"""What tells how a house is wired is masked; what people know stays."""

import pytest

from gateway.reading.structure.hosts import mask_hosts


@pytest.mark.parametrize(
    "text",
    ["vaww.example.va.gov", "db01.prod.internal", "prod-db-01", "10.20.30.40", "10.0.0.0/16",
     "fe80::1:2:3", "2001:db8:0:1:2:3:4:5", "localhost:8080", "kafka.corp", "redis.svc:6379",
     "https://status.int.example.gov/x?y=1", "http://10.1.2.3:8080/admin", "ip-10-0-0-12",
     r"\\filer\share$\x", "web12", "gateway.example.org:8443", "ldap.home.arpa", "www.example.org"],
)  # fmt: skip
def test_what_names_a_machine_is_masked(text: str) -> None:
    found = mask_hosts(f"It stood on {text}, we think.")
    assert found in {"It stood on [HOST], we think.", "It stood on [LINK], we think."}


@pytest.mark.parametrize(
    "text",
    ["ID.me and Login.gov work again.", "VA.gov, since 10:40 ET (14:40:00 UTC)", "CHG0616583, TG-7",
     "Version R17.14 of 2026-11-20", "e.g. the form 10-10EZ", "14 people, 9:00 to 10:00",
     "A-20230622-306458", "sev-1", "i.e. nobody"],
)  # fmt: skip
def test_what_people_know_stays(text: str) -> None:
    assert mask_hosts(text) == text
