"""Windows for the tests of the pages. Screenshots of every window at the test's end go to $BOOKREQ_TEST_OUTPUT, else to pytest's directory."""

import os
from pathlib import Path

import pytest

from page import Page
from support.people import Tenant

PASSWORD = "a fairly long password"


@pytest.fixture
def open_page(stack, tmp_path, request):
    """open_page(name, user, size): a new browser of its own, logged in if there is a user."""
    output = Path(os.environ.get("BOOKREQ_TEST_OUTPUT", tmp_path))
    pages = {}

    def open_one(name, user=None, **options):
        pages[name] = Page(stack.origin, tmp_path / f"profile-{name}", **options)
        if user is None:
            pages[name].open()
        else:
            pages[name].log_in(user)
        return pages[name]

    try:
        yield open_one
    finally:
        for name, page in pages.items():
            try:
                page.driver.save_screenshot(str(output / f"{request.node.name}-{name}.png"))
            finally:
                page.close()


@pytest.fixture(scope="module")
def campaign(stack):
    """A creator with passwords, for people who log in by the form."""
    return Tenant(stack, requests=3, password=PASSWORD)


@pytest.fixture
def reader(campaign):
    return campaign.subscriber("reader", password=PASSWORD)


@pytest.fixture(scope="module")
def helper(campaign):
    return campaign.team_member("helper", password=PASSWORD)
