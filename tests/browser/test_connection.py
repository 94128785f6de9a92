"""What the pages do while Redis, websocketd or the network is away: nothing is missed, nothing typed is lost, and the indicator is honest."""

import pytest

from support.people import unique

NO_WEBSOCKETS = """
window.WebSocket = class extends EventTarget {
    constructor() {
        super();
        setTimeout(() => this.onclose?.(), 0);
    }
    close() {}
    send() {}
};
"""


def lists_loaded(page):
    return page.driver.execute_script(
        "return performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/api/book-requests')).length"
    )


def collect_live_words(page):
    """The indicator's words from now on: a reconnection may be over between two looks at it."""
    page.driver.execute_script(
        "window.words = []; const live = document.getElementById('live');"
        "new MutationObserver(() => words.push(live.textContent)).observe(live, {childList: true})"
    )


def live_words(page):
    return page.driver.execute_script("return words")


def test_websocketd_killed(stack, open_page, reader, helper):
    request = reader.create(unique("Falkner"))
    page = open_page("subscriber", reader)
    page.card_shows(request["title"], "Waiting for review")
    collect_live_words(page)
    for process in stack.processes("websocketd"):
        process.kill()
    loaded = lists_loaded(page)
    page.wait(lambda: "Offline, retrying" in live_words(page), "the loss of the connection")
    helper.respond(request, "approved")
    page.card_shows(request["title"], "Approved")
    page.wait_live()
    assert not page.was_reloaded
    assert lists_loaded(page) == loaded >= 1, "the list was loaded again in spite of the cursor"


def test_redis_killed(stack, open_page, reader, helper):
    request = reader.create(unique("Lodore"))
    page = open_page("subscriber", reader)
    page.card_shows(request["title"], "Waiting for review")
    for process in stack.processes("redis"):
        process.kill()
    helper.respond(request, "approved")
    page.card_shows(request["title"], "Approved")
    helper.respond(request, "rejected")
    page.card_shows(request["title"], "Not approved")
    assert page.live == "Live" and not page.was_reloaded
    assert page.console_errors() == []


def test_asking_without_a_network(open_page, campaign, reader, helper):
    page, admin = open_page("subscriber", reader), open_page("admin", campaign.creator)
    seen = reader.create(unique("Perkin Warbeck"))
    page.card(seen["title"])
    title = unique("Offline")
    page.visit("ask")
    page.fill(title=title, author="Nobody")
    page.network(False)
    page.wait_live("Offline, retrying")
    page.press("Ask for this book")
    page.shows("You are offline. Nothing that you typed is lost")
    helper.respond(seen, "approved")
    page.network(True)
    page.wait_live()
    page.shows("You are online again: now it can be sent.")
    assert page.field("title").get_attribute("value") == title
    page.press("Ask for this book")
    page.card_shows(title, "Waiting for review")
    page.card_shows(seen["title"], "Approved")
    admin.card(title)
    assert [request["title"] for request in reader.api.get("/api/book-requests").json["book_requests"]].count(title) == 1
    assert not page.was_reloaded
    assert all("net::ERR_INTERNET_DISCONNECTED" in text for text in page.console_errors())
    assert admin.console_errors() == []


def test_reading_without_a_network(open_page, reader, helper):
    """What is known is shown, and what is not comes by itself: nobody is told about what he typed."""
    request = reader.create(unique("Beatrice"), description="Half a page.")
    helper.respond(request, "approved", response_message="Soon.")
    page = open_page("subscriber", reader)
    page.card(request["title"])
    page.network(False)
    page.wait_live("Offline, retrying")
    loaded_later = "You are offline. What belongs here is loaded as soon as that is possible."
    for address in ("statement", "notifications", f"request/{request['id']}"):
        page.visit(address)
        page.shows(loaded_later)
        assert "typed" not in page.find("main").text and "Loading…" not in page.text
    page.shows("Half a page.")
    assert page.find("h1").text == request["title"]
    page.network(True)
    page.wait(lambda: "Soon." in page.find(".timeline").text, "what happened")
    assert loaded_later not in page.text


@pytest.fixture
def open_without_websockets(open_page):
    """open_page(…), where no WebSocket ever comes up, as behind some proxies."""
    undo = []

    def open_one(name, user):
        page = open_page(name)
        script = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NO_WEBSOCKETS})
        undo.append((page.driver, script))
        page.open()
        page.enter(user, live="Polling")
        return page

    yield open_one
    for driver, script in undo:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def test_without_websockets_the_page_asks(open_without_websockets, campaign, reader, helper):
    page = open_without_websockets("subscriber", reader)
    title = unique("Polled")
    page.ask(title)
    request = reader.api.get("/api/book-requests").json["book_requests"][0]
    helper.respond(request, "rejected", response_message="Sorry.")
    page.card_shows(title, "Not approved: Sorry.")
    page.wait(lambda: page.find(".bell-count").text == "1", "the bell")
    page.wait(lambda: page.find(".quota-words").text.startswith("3 of 3 left"), "the refund")
    assert page.live == "Polling"
    assert page.console_errors() == []


def test_everything_anew_after_the_epoch_changed(stack, open_page, reader, helper):
    """As after a restore of the database: the cursor is worth nothing, the page loads what it shows, and nobody notices."""
    request = reader.create(unique("Euphrasia"))
    page = open_page("subscriber", reader)
    page.card_shows(request["title"], "Waiting for review")
    collect_live_words(page)
    stack.ctl("epoch", "--renew")
    page.wait(lambda: "Offline, retrying" in live_words(page), "the end of the connection")
    helper.respond(request, "approved")
    page.card_shows(request["title"], "Approved")
    page.wait_live()
    assert not page.was_reloaded
    assert page.console_errors() == []
