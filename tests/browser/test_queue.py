"""The admins' queue: filters, keys, answers, several requests at once, two admins at once."""

import pytest
from selenium.webdriver.common.keys import Keys

from support.checks import API
from support.people import Tenant, unique

PASSWORD = "a fairly long password"


@pytest.fixture
def shop(stack):
    """A creator with a team member and two readers whom no other test knows: counts and lists are this test's alone."""
    return Shop(stack)


class Shop:
    def __init__(self, stack):
        self.tenant = Tenant(stack, password=PASSWORD)
        self.creator = self.tenant.creator
        self.helper = self.tenant.team_member("helper", password=PASSWORD)
        self.ann, self.bob = self.tenant.subscriber("ann", password=PASSWORD), self.tenant.subscriber("bob", password=PASSWORD)

    def status_of(self, request):
        return self.creator.api.get(f"{API}/{request['id']}").json["book_request"]["status"]


def titles(page):
    return [title.text for title in page.driver.find_elements("css selector", "article.request .book-title")]


def shows_titles(page, *expected):
    page.wait(lambda: titles(page) == list(expected), f"the cards {expected}")


def counts(page):
    """The numbers on the tabs."""
    return [count.text for count in page.find_all(".tabs .count")]


def type_keys(page, *keys):
    page.driver.switch_to.active_element.send_keys(*keys)


def focused(page):
    """The title of the card that has the focus."""
    return page.driver.execute_script("return document.activeElement.matches('article') ? document.activeElement.querySelector('.book-title').textContent : null")


def select(page, title):
    page.driver.execute_script("arguments[0].click()", page.card(title).find_element("css selector", "input[type=checkbox]"))


def address(page):
    return page.driver.execute_script("return decodeURIComponent(location.hash)")


def test_filters_are_in_the_address_and_survive_a_reload(open_page, shop):
    emma, sylvia, other = shop.ann.create("Emma", "Jane Austen"), shop.bob.create("Sylvia's Lovers", "Elizabeth Gaskell"), shop.bob.create("Emma 2")
    shop.helper.respond(sylvia, "approved")
    page = open_page("admin", shop.creator)
    shows_titles(page, "Emma 2", "Emma")
    assert counts(page) == ["2", "1", "0", "0", "3"]

    page.field("q").send_keys("emma")
    page.wait(lambda: address(page) == "#/queue?status=pending&q=emma", "the search in the address")
    page.field("user").send_keys(shop.bob.name)
    page.wait(lambda: f"user={shop.bob.id}" in address(page), "the user in the address")
    shows_titles(page, "Emma 2")
    page.shows("1 found.")
    month = emma["month_year"]
    page.driver.execute_script("arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))", page.field("month"), month)
    page.wait(lambda: f"month={month}" in address(page), "the month in the address")
    page.driver.refresh()
    shows_titles(page, "Emma 2")
    page.wait(lambda: (page.field("q").get_attribute("value"), page.field("user").get_attribute("value"), page.field("month").get_attribute("value"))
              == ("emma", shop.bob.name, month), "the fields as before")
    page.driver.execute_script("document.querySelector('.tabs a:last-child').click()")
    page.wait(lambda: "status=all" in address(page) and "q=emma" in address(page), "the filters' staying with another tab")
    page.visit(f"queue?status=all&user={shop.bob.id}")
    shows_titles(page, "Emma 2", "Sylvia's Lovers")
    shop.bob.create("Ruth")
    shop.ann.create("Evelina")
    shows_titles(page, "Ruth", "Emma 2", "Sylvia's Lovers")
    page.visit("queue?month=2001-01")
    page.shows("No request is like that.")
    page.driver.back()
    shows_titles(page, "Ruth", "Emma 2", "Sylvia's Lovers")
    assert page.console_errors() == []


def test_what_is_known_beside_a_request(open_page, shop):
    request = shop.ann.create("Cranford", "Elizabeth Gaskell", link="https://example.org/cranford")
    shop.creator.respond(request, "approved")
    page = open_page("admin", shop.helper)
    page.visit("queue?status=approved")
    for text in (f"Asked by {shop.ann.name}", shop.tenant.tier, "example.org"):
        page.card_shows("Cranford", text)
    assert "asked for this book" not in page.card("Cranford").text
    shop.bob.create("CRANFORD", "Elizabeth  gaskell")  # on another tab
    page.card_shows("Cranford", "1 other user asked for this book")
    page.press("1 other user asked for this book", page.card("Cranford"))
    page.card_shows("CRANFORD", "1 other user asked for this book")
    shop.creator.act(request, "accept")
    page.card_shows("Cranford", f"Accepted by {shop.creator.name}.")


def test_all_by_keys(open_page, shop):
    third, second, first = (shop.ann.create(title) for title in ("Third", "Second", "First"))
    page = open_page("admin", shop.creator)
    shows_titles(page, "First", "Second", "Third")
    page.driver.execute_script("document.activeElement.blur()")
    type_keys(page, Keys.ARROW_DOWN)
    assert focused(page) == "First"
    type_keys(page, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP)
    assert focused(page) == "Second"
    type_keys(page, "a")
    shows_titles(page, "First", "Third")
    page.wait(lambda: focused(page) == "Third", "the focus on the neighbour")
    assert shop.status_of(second) == "approved"

    type_keys(page, "r")
    page.wait(lambda: page.driver.switch_to.active_element.get_attribute("name") == "response_message", "the focus in the reason")
    type_keys(page, "far too dear")  # letters that are keys elsewhere
    card = page.card("Third")
    assert "12 of 5000" in card.text and "Not approved: far too dear" in card.text, "the counter, and the reader's view"
    type_keys(page, Keys.ESCAPE)
    page.wait(lambda: focused(page) == "Third", "the focus on the card again")
    type_keys(page, "r")
    page.wait(lambda: page.driver.switch_to.active_element.get_attribute("value") == "", "an empty reason after the cancelling")
    page.press("Send the answer", card)
    page.card_shows("Third", "Please give a reason")
    type_keys(page, "no", Keys.TAB, Keys.ENTER)
    shows_titles(page, "First")
    assert shop.status_of(third) == "rejected"

    page.visit("queue?status=approved")
    shows_titles(page, "Second")
    page.driver.execute_script("document.activeElement.blur()")
    type_keys(page, Keys.ARROW_DOWN, "f")
    shows_titles(page)
    assert shop.status_of(second) == "fulfilled" and shop.status_of(first) == "pending"
    assert page.console_errors() == []


def test_what_was_done_can_be_undone(open_page, shop):
    request, rejected, raced = (shop.ann.create(title) for title in ("Cranford", "Ruth", "Mary Barton"))
    shop.helper.respond(rejected, "rejected", response_message="No rights.")
    page = open_page("admin", shop.creator)
    page.press("Approve", page.card("Cranford"))
    shows_titles(page, "Mary Barton")
    page.press("Undo")
    shows_titles(page, "Mary Barton", "Cranford")
    page.shows("“Cranford” is pending again.")
    assert shop.status_of(request) == "pending"

    page.visit("queue?status=rejected")
    page.card("Ruth")
    type_keys(page, Keys.ARROW_DOWN, "a")
    shows_titles(page)
    type_keys(page, "u")
    shows_titles(page, "Ruth")
    page.card_shows("Ruth", "No rights.")
    page.shows("“Ruth” is rejected again.")
    assert shop.ann.quota()["requests_used"] == 2, "the quota that was given back"

    page.visit("queue")
    page.press("Approve", page.card("Mary Barton"))
    page.shows("“Mary Barton” is now approved.")
    shop.helper.act(raced, "fulfill")
    page.wait(lambda: counts(page)[2] == "1", "the other admin's doing")
    page.press("Undo")
    page.shows("“Mary Barton”: It changed in the meantime and is now fulfilled.")
    assert shop.status_of(raced) == "fulfilled"
    assert [line for line in page.console_errors() if "409" not in line] == []


def test_what_is_half_typed_is_kept(open_page, shop):
    request = shop.ann.create("Adam Bede")
    page = open_page("admin", shop.creator)
    page.press("Reject…", page.card("Adam Bede"))
    page.fill(page.card("Adam Bede"), response_message="Not before ")

    def typed():
        return page.field("response_message", page.card("Adam Bede")).get_attribute("value")

    page.visit("queue?status=approved")
    shows_titles(page)
    page.visit("activity")
    page.shows("asked for “Adam Bede”")
    page.visit("queue")
    assert typed() == "Not before "
    page.driver.refresh()
    page.card("Adam Bede")
    page.wait(lambda: typed() == "Not before ", "the draft after a reload")
    assert "in the meantime" not in page.card("Adam Bede").text
    page.driver.get("about:blank")
    shop.helper.respond(request, "approved")
    page.driver.get(page.origin + "/#/queue?status=approved")
    page.card_shows("Adam Bede", f"{shop.helper.name} was faster: it is now approved.")
    assert typed() == "Not before "
    page.driver.execute_script("arguments[0].value = 'x'.repeat(5001); arguments[0].dispatchEvent(new Event('input'))", page.field("response_message", page.card("Adam Bede")))
    page.card_shows("Adam Bede", "5001 of 5000")
    page.press("Send the answer", page.card("Adam Bede"))
    page.card_shows("Adam Bede", "longer than 5000 characters")
    page.fill(page.card("Adam Bede"), response_message="Not before May.")
    page.press("Send the answer", page.card("Adam Bede"))
    shows_titles(page)
    page.visit(f"request/{request['id']}")
    page.shows("Not before May.")
    page.press("Approve")
    page.wait(lambda: shop.status_of(request) == "approved", "the approval on the request's own page")


def test_several_at_once_with_a_mixed_result(open_page, shop):
    requests = {title: shop.ann.create(title) for title in ("One", "Two", "Three", "Four")}
    page, other = open_page("admin", shop.creator), open_page("other", shop.helper)
    reader = open_page("reader", shop.ann, size=(360, 740))
    for title in ("One", "Two", "Three"):
        select(page, title)
    page.shows("3 requests selected")
    other.press("Reject…", other.card("Two"))
    other.fill(other.card("Two"), response_message="We have it.")
    other.press("Send the answer", other.card("Two"))
    page.card_shows("Two", "Rejected")
    assert titles(page) == ["Four", "Three", "Two", "One"], "what is selected stays"
    page.press("Approve all")
    page.shows(f"2 approved. “Two”: {shop.helper.name} was faster: it is now rejected.")
    shows_titles(page, "Four", "Two")
    assert {title: shop.status_of(request) for title, request in requests.items()} == {"One": "approved", "Two": "rejected", "Three": "approved", "Four": "pending"}
    page.shows("1 request selected")
    select(page, "Four")
    page.press("Reject all…")
    page.press("Reject all of them")
    page.shows("Please give a reason")
    page.fill(bulk_reason="We close for the summer.")
    page.press("Reject all of them")
    page.shows("1 rejected. 1 was left out: not to be rejected.")
    page.wait(lambda: not page.driver.find_element("css selector", ".bulk").is_displayed(), "the selection's end")
    shows_titles(page)
    reader.card_shows("Four", "We close for the summer.")
    reader.card_shows("One", "Approved")
    for window in (page, other):
        window.wait(lambda window=window: counts(window) == ["0", "2", "0", "2", "4"], "the counts")

    page.visit("queue?status=approved")
    shows_titles(page, "Three", "One")
    page.driver.execute_script("document.getElementById('select-all').click()")
    page.press("Fulfil all")
    page.shows("2 fulfilled.")
    reader.card_shows("Three", "Ready")
    assert all(window.console_errors() == [] for window in (other, reader))
    assert [line for line in page.console_errors() if "409" not in line] == []


def test_the_slower_of_two_admins_is_told(stack, open_page, shop):
    """The faster one's change has not arrived yet: the frames stand still."""
    first, second = shop.ann.create("Romola"), shop.ann.create("Silas Marner")
    page = open_page("admin", shop.creator)
    page.card("Romola")
    sockets = stack.processes("websocketd") + stack.processes("bookreq-ws")
    for process in sockets:
        process.kill(19)  # SIGSTOP
    try:
        shop.helper.respond(first, "rejected")
        shop.helper.act(second, "accept")
        page.press("Approve", page.card("Romola"))
        page.shows(f"“Romola”: {shop.helper.name} was faster: it is now rejected.")
        page.press("Accept", page.card("Silas Marner"))
        page.card_shows("Silas Marner", f"{shop.helper.name} accepted it in the meantime.")
        assert shop.status_of(first) == "rejected"
    finally:
        for process in sockets:
            process.kill(18)  # SIGCONT
