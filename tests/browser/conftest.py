"""One browser for all tests that look at pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.visitors import chromium


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found
