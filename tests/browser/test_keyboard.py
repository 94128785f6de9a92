"""The subscriber's way through the pages without a mouse."""

from support.people import unique

MANY = 60


def name_of(page):
    return page.driver.execute_script("const e = document.activeElement; return e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText ?? e.innerText")


def tab_to(page, name):
    """Presses Tab until what is called so has the focus; each stop on the way can be seen."""
    stops = []
    for _ in range(MANY):
        page.keys("TAB")
        stops.append(name_of(page))
        seen = page.driver.execute_script(
            "const e = document.activeElement, s = getComputedStyle(e.matches('.btn-check') ? e.nextElementSibling : e), b = e.getBoundingClientRect();"
            "return document.activeElement === document.body || ((s.outlineStyle !== 'none' || s.boxShadow !== 'none') && b.bottom > 0 && b.top < innerHeight)"
        )
        assert seen, f"the focus cannot be seen: {stops[-1]}"
        if stops[-1].strip() == name:
            return
    raise AssertionError(f"Tab does not reach {name}: {stops}")


def test_asking_and_replying_without_a_mouse(open_page, reader, helper):
    page = open_page("reader")
    title = unique("Clementina")
    assert page.focused().get_attribute("name") == "username"
    page.keys(reader.name, "TAB", reader.password, "ENTER")
    page.wait_live()

    tab_to(page, "Skip to the content")
    page.keys("ENTER")
    tab_to(page, "Ask for a book")
    page.keys("ENTER")
    page.wait(lambda: page.focused().get_attribute("name") == "title", "the form, ready to be typed into")
    page.keys("ENTER")
    page.wait(lambda: page.focused().get_attribute("aria-invalid") == "true", "the focus in the first field that is wrong")
    page.keys(title, "TAB", "Mary Shelley")
    tab_to(page, "Ask for this book")
    page.keys("ENTER")
    page.card_shows(title, "Waiting for review")
    page.wait(lambda: page.focused().tag_name == "h1", "the focus at the new page's beginning")

    helper.respond(reader.api.get("/api/book-requests").json["book_requests"][0], "approved", response_message="Soon.")
    page.card_shows(title, "You can reply to this answer.")
    tab_to(page, title)
    page.keys("ENTER")
    page.wait(lambda: page.field("user_reply").is_displayed(), "the reply box")
    tab_to(page, "Your reply")
    page.keys("Thanks!")
    tab_to(page, "Send the reply")
    page.keys("ENTER")
    page.shows("You replied")

    page.driver.back()
    page.card(title)
    tab_to(page, "Notifications: 1 unread")
    tab_to(page, "Menu")
    page.keys("ENTER")
    tab_to(page, "System")
    page.keys("RIGHT", "RIGHT")
    page.wait(lambda: page.find("html").get_attribute("data-theme") == "dark", "the dark theme")
    page.keys("ESCAPE")
    page.wait(lambda: name_of(page) == "Menu" and not page.find(".menu .dropdown-menu").is_displayed(), "the closed menu, with the focus")
    page.keys("ENTER")
    tab_to(page, "Log out")
    page.keys("ENTER")
    page.wait(lambda: page.focused().get_attribute("name") == "username", "the log-in page")


def test_what_arrives_is_read_aloud(open_page, reader, helper):
    request = reader.create(unique("Maurice"))
    page = open_page("reader", reader)
    page.card(request["title"])
    helper.respond(request, "approved")
    page.wait(lambda: request["title"] in page.find("#toasts[role=log][aria-live=polite]").text, "the news in the live region")
    assert page.find("#live").get_attribute("role") == "status"
