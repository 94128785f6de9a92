"""
Every page, on a phone and on a desktop, light and dark: a picture of each (in pages/ of the output folder, to be looked at by whoever
changes a page), nothing seriously wrong for who cannot see or use a mouse, nothing wider than the screen, nothing that jumps, no
complaint in the browser's console.
"""

import pytest
from page import DESKTOP, PASSWORD, PHONE

from support.people import Tenant

SIZES = {"phone": PHONE, "desktop": DESKTOP}
LONG = "A wonderfully long title of a book in several parts, with a subtitle that nobody remembers: the second volume"

# By role: the name of each page's pictures and its address; {0}, {1} … are the ids of the requests below.
PAGES = {
    "subscriber": {
        "requests": "requests",
        "requests-none": "requests?status=approved&month=2020-01",
        "ask": "ask",
        "ask-filled": "ask",
        "statement": "statement",
        "statement-old": "statement?month=2020-01",
        "notifications": "notifications",
        "password": "password",
        "request": "request/{0}",
        "request-reply": "request/{2}",
        "request-missing": "request/999999999",
    },
    "newcomer": {"requests": "requests", "notifications": "notifications"},
    "spent": {"requests": "requests", "ask": "ask"},
    "creator": {
        "queue": "queue",
        "queue-answering": "queue?status=all",
        "queue-none": "queue?status=all&q=nothing",
        "people": "people",
        "tiers": "tiers",
        "tiers-changing": "tiers",
        "figures": "figures",
        "activity": "activity",
        "activity-none": "activity?month=2001-01",
        "request": "request/{0}",
    },
    "team": {"queue": "queue?status=approved", "people": "people", "tiers": "tiers"},
}


@pytest.fixture(scope="module")
def scene(stack):
    """A campaign with a little of everything."""
    tenant = Tenant(stack, requests=9, password=PASSWORD)
    tenant.set_tier("Small", 2)
    people = {
        "subscriber": tenant.subscriber("reader", password=PASSWORD),
        "newcomer": tenant.subscriber("newcomer", password=PASSWORD),
        "spent": tenant.subscriber("spent", tier="Small", password=PASSWORD),
        "creator": tenant.creator,
    }
    reader, helper = people["subscriber"], tenant.team_member("helper", password=PASSWORD)
    people["team"] = helper
    link = "https://shop.example.org/books/1818/frankenstein?edition=2"
    requests = [
        reader.create("Frankenstein", link=link, description="The text of 1818, please. " * 20),
        reader.create(LONG, author="An Author-With-Quite A Name"),
        reader.create("The Last Man"),
        reader.create("Mathilda"),
        reader.create("Valperga"),
    ]
    helper.act(requests[0], "accept")
    helper.respond(requests[0], "approved", response_message="Starting next week.")
    reader.act(requests[0], "reply", user_reply="It sounds wonderful, thank you!")
    helper.act(requests[0], "fulfill")
    helper.respond(requests[2], "approved", response_message="With pleasure: two narrators.")
    helper.respond(requests[3], "rejected", response_message="Another publisher holds the audio rights. Your request does not count.")
    helper.act(requests[4], "accept")
    for title in ("Lodore", "Falkner"):
        people["spent"].create(title)
    return people, [request["id"] for request in requests]


def look_at(page, address, name):
    page.visit(address)
    page.wait(lambda: page.find("main h1, main .empty").is_displayed() and "Loading…" not in page.text, f"the page {address}")
    if name == "ask-filled":
        page.fill(title="Frankenstein", author="Mary", link="nonsense")
        page.press("Ask for this book")
        page.wait(lambda: page.find(".similar li") and page.find(".is-invalid"), "similar books and the errors")
    elif name == "queue-answering":
        page.find("article.request input[type=checkbox]").click()
        page.press("Reject…", page.card("Valperga"))
        page.fill(page.card("Valperga"), response_message="Another publisher holds the audio rights.")
    elif name == "tiers-changing":
        page.press("Change", page.find("[data-tier=Small]"))
    elif name == "figures":
        for table in page.find_all("main summary"):
            table.click()


@pytest.mark.parametrize("role", PAGES)
def test_page_is_good_to_look_at_and_to_use(open_page, output, scene, role):
    people, ids = scene
    page = open_page(role, people[role])
    page.system(reduced_motion="reduce")  # no picture is taken halfway between two colours
    (output / "pages").mkdir(exist_ok=True)
    findings = {}
    for name, address in PAGES[role].items():
        look_at(page, address.format(*ids), name)
        for theme in ("light", "dark"):
            page.theme(theme)
            for size, dimensions in SIZES.items():
                page.resize(dimensions)
                page.picture(output / "pages" / f"{role}-{name}-{size}-{theme}.png")
                assert not page.is_too_wide, f"{name} on a {size}"
                assert "does not work" not in page.text, name
            wrong = page.grave_findings()
            if wrong:
                findings[f"{name}, {theme}"] = wrong
    assert findings == {}
    assert [text for text in page.console_errors() if not ("request/999999999" in text or "/999999999 " in text or " 422 " in text)] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_log_in_page(open_page, output, theme):
    page = open_page("login")
    page.system(reduced_motion="reduce")
    page.theme(theme)
    (output / "pages").mkdir(exist_ok=True)
    for size, dimensions in SIZES.items():
        page.resize(dimensions)
        page.picture(output / "pages" / f"login-{size}-{theme}.png")
        assert not page.is_too_wide
    assert page.grave_findings() == []
    assert page.console_errors() == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("role", PAGES)
def test_first_load_is_small_and_nothing_jumps(open_page, scene, role, size):
    people, _ = scene
    page = open_page(role, people[role], size=SIZES[size])
    page.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    page.reload()
    page.wait(lambda: "Loading…" not in page.text, "the content")
    loaded = page.driver.execute_script(
        "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map((one) => [one.name, one.transferSize])"
    )
    assert len(loaded) > 10 and all(bytes > 0 for _, bytes in loaded), loaded
    assert sum(bytes for _, bytes in loaded) < 135 * 1024, loaded
    assert page.shifts < 0.1
