"""Windows for the tests of the pages. Pictures of every window at the test's end go to $BOOKREQ_TEST_OUTPUT, else to pytest's directory."""

import os
from pathlib import Path

import pytest

from page import PASSWORD, Page, start_browser
from support.people import Tenant


@pytest.fixture(scope="session")
def browsers(tmp_path_factory):
    """Browsers that no test uses at the moment. Starting one takes longer than most tests; each is emptied before its next use."""
    idle, started = [], []

    def take():
        if not idle:
            started.append(start_browser(tmp_path_factory.mktemp("profile")))
            return started[-1]
        return idle.pop()

    try:
        yield take, idle.append
    finally:
        for driver in started:
            driver.quit()


@pytest.fixture(scope="session")
def output(tmp_path_factory):
    """Where pictures go."""
    place = Path(os.environ.get("BOOKREQ_TEST_OUTPUT") or tmp_path_factory.mktemp("pictures"))
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture
def open_page(stack, browsers, output, request):
    """open_page(name, user, size): a browser of its own, logged in if there is a user."""
    take, give_back = browsers
    pages = {}

    def open_one(name, user=None, **options):
        page = pages[name] = Page(stack.origin, take(), **options)
        if user is None:
            page.open()
        else:
            page.log_in(user)
        return page

    try:
        yield open_one
    finally:
        for name, page in pages.items():
            page.picture(output / f"{request.node.name}-{name}.png")
            page.empty()
            give_back(page.driver)


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
