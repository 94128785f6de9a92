"""What a subscriber does, and sees others do, without ever reloading."""

import pytest
from page import PASSWORD, PHONE

from support.people import unique


def words(page):
    return page.find(".quota-words").text


def titles(page):
    return [card.text for card in page.find_all("article.request .book-title")]


def timeline(page):
    return [step.text for step in page.find_all(".timeline li")]


@pytest.fixture
def other(campaign):
    """Another reader of the same creator."""
    return campaign.subscriber("other", password=None)


def test_quota_in_words_down_to_none(open_page, campaign, reader, helper):
    campaign.allowance(reader, 2)
    page, phone = open_page("reader", reader), open_page("phone", reader, size=PHONE)
    page.wait(lambda: words(page).startswith("2 of 2 left, renews on 1 "), "the full quota")
    first = reader.create()
    page.wait(lambda: words(page).startswith("1 of 2 left"), "the last one")
    page.wait(lambda: page.find(".quota").get_attribute("data-level") == "last", "the warning")
    reader.create()
    page.wait(lambda: words(page).startswith("None left. New ones come on 1 "), "none left")
    assert page.find(".ring-number").text == "0"
    phone.wait(lambda: words(phone) == words(page), "the same in the other window")
    page.visit("ask")
    page.shows("What you type here is kept until then.")
    assert not page.find("form [type=submit]").is_enabled()
    helper.respond(first, "rejected")
    page.wait(lambda: page.find("form [type=submit]").is_enabled(), "the refund")
    phone.wait(lambda: words(phone).startswith("1 of 2 left"), "the refund in the other window")
    campaign.allowance(reader, 0)
    page.shows("Your tier includes no book requests.")
    spent = page.find("form .alert-warning")
    assert "kept until then" not in spent.text, "there is no then"
    assert spent.location["y"] < page.field("title").location["y"], "it is said before anything is typed"
    assert page.console_errors() == []


def test_draft_outlives_everything_but_being_sent(open_page, campaign, reader):
    page = open_page("reader", reader)
    page.visit("ask")
    page.fill(title="Half a ti", author="Nobody", description="Why\nnot?")
    page.visit("statement")
    page.shows("Statement")
    page.press("Ask")
    assert page.wait(lambda: page.field("title").get_attribute("value"), "the draft") == "Half a ti"
    page.reload()
    assert page.wait(lambda: page.field("description").get_attribute("value"), "the draft") == "Why\nnot?"
    reader.api.post("/api/auth/password", {"current_password": reader.password, "new_password": reader.password + "!"})
    page.wait(lambda: page.field("username"), "the log-in page")
    reader.password += "!"
    page.enter(reader)
    page.wait(lambda: page.field("title").get_attribute("value") == "Half a ti", "the draft after the session's end")
    page.press("Ask for this book")
    page.card_shows("Half a ti", "Waiting for review")
    page.press("Ask")
    assert page.wait(lambda: page.field("title"), "the form").get_attribute("value") == ""
    page.fill(title="Secret")
    page.log_out()
    assert page.driver.execute_script("return Object.keys(localStorage).filter((key) => key.includes('draft'))") == []


def test_similar_books_are_shown_before_quota_is_spent(open_page, campaign, reader, other, helper):
    word = unique("Zastrozzi")
    campaign.allowance(other, 5)
    mine, recorded, waiting = reader.create(f"The {word}"), other.create(f"{word}, a Romance"), other.create(f"{word} again")
    helper.respond(recorded, "fulfilled")
    page = open_page("reader", reader)
    page.visit("ask")
    page.fill(title=word.lower(), author="Shelley")
    page.wait(lambda: len(page.find_all(".similar li")) == 2, "the own one and the recorded one")
    assert mine["title"] in page.text and "Yours: Waiting for review" in page.text
    assert recorded["title"] in page.text and "Recorded already" in page.text
    assert waiting["title"] not in page.text and other.name not in page.text
    assert "2 books like it." in page.find("form [role=status]").get_attribute("textContent")
    helper.respond(mine, "approved")
    page.shows("Yours: Approved")
    page.fill(title=unique("else"))
    page.wait(lambda: page.find_all(".similar li") == [], "nothing like another title")
    assert page.console_errors() == []


def test_filters_are_in_the_address(open_page, campaign, reader, helper):
    requests = {status: reader.create(unique(status)) for status in ("approved", "rejected", "pending")}
    for status in ("approved", "rejected"):
        helper.respond(requests[status], status)
    page = open_page("reader", reader)
    page.wait(lambda: len(titles(page)) == 3, "all requests")
    page.press("Not approved")
    page.wait(lambda: titles(page) == [requests["rejected"]["title"]], "the rejected one")
    assert page.driver.current_url.endswith("#/requests?status=rejected")
    page.driver.execute_script(
        "const s = document.querySelector('.filters select'); s.value = s.options[2].value; s.dispatchEvent(new Event('change'))"
    )
    page.shows("None of your requests is like that.")
    assert "status=rejected&month=" in page.driver.current_url
    address = page.driver.current_url
    page.driver.back()
    page.wait(lambda: titles(page) == [requests["rejected"]["title"]], "the way back")
    page.press("All")
    page.wait(lambda: len(titles(page)) == 3, "all again")
    helper.respond(requests["pending"], "approved")
    page.press("Approved")
    page.wait(lambda: len(titles(page)) == 2, "the one that was approved meanwhile")
    page.driver.get("about:blank")
    page.driver.get(address)
    page.shows("None of your requests is like that.")
    page.press("Show all")
    page.wait(lambda: len(titles(page)) == 3, "all")
    assert page.console_errors() == []


def test_timeline_and_reply(open_page, reader, helper):
    request = reader.create(unique("Proserpine"), description="A drama.")
    page, phone = open_page("reader", reader), open_page("phone", reader, size=PHONE)
    phone.visit(f"request/{request['id']}")
    page.press(request["title"])
    page.wait(lambda: len(timeline(page)) == 1 and timeline(page)[0].startswith("You asked"), "the beginning")
    page.shows("As soon as somebody has answered, you can reply here.")
    helper.act(request, "accept")
    page.wait(lambda: f"{helper.name} accepted it" in timeline(page)[-1], "the acceptance")
    helper.respond(request, "rejected", response_message="No rights.")
    page.wait(lambda: "No rights." in timeline(page)[-1], "the refusal")
    page.shows("A request that was not approved takes no reply.")
    helper.respond(request, "approved", response_message="We got them!")
    page.wait(lambda: page.field("user_reply").is_displayed(), "the reply box")
    page.fill(user_reply="Half a re")
    page.visit("requests")
    page.shows("You can reply to this answer.")
    page.driver.back()
    assert page.wait(lambda: page.field("user_reply").get_attribute("value"), "the draft") == "Half a re"
    page.field("user_reply").send_keys("ply")
    page.press("Send the reply")
    page.wait(lambda: "Half a reply" in timeline(page)[-1], "the reply")
    page.shows("You have replied. One reply is possible.")
    helper.act(request, "fulfill")
    page.wait(lambda: f"{helper.name} says that it is ready" in timeline(page)[-1], "the end")
    assert [step.split("\n")[0].rsplit(" ", 2)[0] for step in timeline(page)] == [
        "You asked", f"{helper.name} accepted it", f"{helper.name} answered: rejected", f"{helper.name} answered: approved", "You replied",
        f"{helper.name} says that it is ready",
    ]  # fmt: skip
    assert page.find(".status").text == "Ready"
    phone.wait(lambda: timeline(phone) == timeline(page), "the whole of it in the other window")
    assert page.console_errors() == phone.console_errors() == []


def test_others_requests_have_no_page(open_page, reader, other):
    request = other.create(unique("Secret"))
    page = open_page("reader", reader)
    page.visit(f"request/{request['id']}")
    page.shows("There is no such request")
    assert request["title"] not in page.text


def test_statement_is_kept_like_a_bank_s(open_page, reader, helper):
    def rows(window=None):
        return [tuple(cell.text.split("\n")[0] for cell in row.find_elements("tag name", "td")) for row in (window or page).find_all("tbody tr")]

    request = reader.create(unique("Midas"))
    page, phone = open_page("reader", reader), open_page("phone", reader, size=PHONE)
    phone.visit("statement")
    page.press("Statement")
    page.wait(lambda: len(rows()) == 2, "the first charge")
    helper.respond(request, "rejected")
    page.wait(lambda: len(rows()) == 3, "the refund")
    helper.respond(request, "approved")
    page.wait(lambda: len(rows()) == 4, "the second charge")
    title = request["title"]
    assert rows()[1:] == [(f"Asked for {title}", "−1", "2"), (f"Given back for {title}", "+1", "3"), (f"Charged again for {title}", "−1", "2")]
    assert rows()[0][1:] == ("+3", "3")
    phone.wait(lambda: rows(phone) == rows(), "the same in the other window")
    page.driver.execute_script("document.querySelector('tbody a').focus()")
    count = page.find(".bell-count").text
    helper.act(request, "accept")
    page.wait(lambda: page.find(".bell-count").text != count, "news that do not concern the statement")
    assert page.focused().text == title, "the keyboard's place is lost"
    page.visit("statement?month=nonsense")
    page.wait(lambda: len(rows()) == 4, "this month's")
    page.visit("statement?month=2020-01")
    page.shows("Nothing was asked for in this month.")
    assert "0 used in January 2020." in page.text
    assert page.console_errors() == []


def test_statement_names_every_book(open_page, campaign, reader):
    """More than one page of the list of requests."""
    campaign.allowance(reader, 110)
    for n in range(102):
        reader.create(f"Book {n}")
    page = open_page("reader", reader, size=PHONE)
    page.visit("statement")
    page.wait(lambda: len(page.find_all("tbody a")) == 102, "all entries")
    assert [link.get_attribute("textContent") for link in page.find_all("tbody a")] == [f"Book {n}" for n in range(102)]


def test_read_on_another_device(open_page, reader, helper):
    phone, desktop = open_page("phone", reader, size=PHONE), open_page("desktop", reader)
    helper.respond(reader.create(), "approved")
    for page in (phone, desktop):
        page.wait(lambda page=page: page.find(".bell-count").text == "1", "the bell's count")
    phone.visit("notifications")
    phone.press("Mark all as read")
    phone.wait(lambda: not phone.find(".bell-count").is_displayed(), "nothing unread on the phone")
    desktop.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")  # as when its tab is looked at again
    desktop.wait(lambda: not desktop.find(".bell-count").is_displayed(), "nothing unread on the desktop")


def test_bell_counts_and_both_tabs_agree(open_page, reader, helper):
    def unread():
        return [item.text for item in page.find_all(".notification.unread")]

    first, second = reader.create(), reader.create()
    page = open_page("reader", reader)
    helper.respond(first, "approved")
    helper.act(second, "accept")
    page.wait(lambda: page.find(".bell-count").text == "2", "the bell's count")
    assert page.driver.title.startswith("(2) ")
    page.find(".bell").click()
    page.wait(lambda: len(unread()) == 2, "the list")
    tab = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.driver.get(page.origin + "/#/notifications")
    page.wait(lambda: len(unread()) == 2, "the list in the other tab")
    page.press("Mark as read")
    page.wait(lambda: len(unread()) == 1 and page.find(".bell-count").text == "1", "one less")
    other = page.driver.current_window_handle
    page.driver.switch_to.window(tab)
    page.wait(lambda: len(unread()) == 1 and page.find(".bell-count").text == "1", "one less here as well")
    page.press(page.find(".notification.unread a").text)
    page.wait(lambda: page.find(".timeline"), "the request that it is about")
    page.wait(lambda: not page.find(".bell-count").is_displayed() and not page.driver.title.startswith("("), "nothing unread")
    helper.respond(second, "approved")
    page.wait(lambda: page.find(".bell-count").text == "1", "a new one")
    page.visit("notifications")
    page.press("Mark all as read")
    page.wait(lambda: unread() == [], "none")
    page.driver.switch_to.window(other)
    page.wait(lambda: unread() == [] and len(page.find_all(".notification")) == 3, "none in the other tab")
    page.driver.close()
    page.driver.switch_to.window(tab)
    assert page.console_errors() == []


def test_without_a_quota_nobody_is_invited(open_page, campaign):
    page = open_page("reader", campaign.subscriber(tier=None, password=PASSWORD))
    page.shows("You have not asked for a book yet, and your tier includes none.")
    assert "Ask for the first one" not in page.text
