"""What is around every page: colours, installing, title, the way back."""

import json

from page import PHONE

from support.people import unique

DARK, LIGHT = "rgb(23, 21, 18)", "rgb(246, 244, 239)"
# The colours before anything of the page's own modules has run: they are asked for once <body> is there.
FIRST_COLOURS = """
new MutationObserver((_, observer) => {
    if (document.body !== null) {
        observer.disconnect();
        window.firstColour = getComputedStyle(document.body).backgroundColor;
    }
}).observe(document, {childList: true, subtree: true});
"""


def background(page):
    return page.driver.execute_script("return getComputedStyle(document.body).backgroundColor")


def test_colours_follow_the_system_until_one_is_chosen(open_page):
    page = open_page("login")
    script = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": FIRST_COLOURS})
    for scheme, colour in (("dark", DARK), ("light", LIGHT), ("dark", DARK)):
        page.system(color_scheme=scheme)
        page.wait(lambda colour=colour: background(page) == colour, f"the system's {scheme} colours")
    page.find(".menu summary").click()
    page.find("label[for=theme-light]").click()
    page.wait(lambda: background(page) == LIGHT, "the chosen colours")
    page.open()
    assert page.driver.execute_script("return window.firstColour") == LIGHT, "another theme flashed up"
    assert page.find("#theme-light").is_selected()
    page.find(".menu summary").click()
    page.find("label[for=theme-system]").click()
    page.wait(lambda: background(page) == DARK, "the system's colours again")
    page.open()
    assert page.driver.execute_script("return window.firstColour") == DARK
    page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def test_it_can_be_installed(open_page):
    page = open_page("login")
    found = page.driver.execute_cdp_cmd("Page.getAppManifest", {})
    assert found["errors"] == []
    manifest = json.loads(found["data"])
    assert manifest["display"] == "standalone" and manifest["start_url"] == "/" and manifest["name"]
    for icon in manifest["icons"]:
        kind, width = page.driver.execute_async_script(
            """
            const [src, done] = arguments, image = new Image();
            image.onload = async () => done([(await fetch(src)).headers.get('Content-Type'), image.naturalWidth]);
            image.onerror = () => done([null, 0]);
            image.src = src;
            """,
            icon["src"],
        )
        assert kind == icon["type"] and icon["sizes"] in ("any", f"{width}x{width}")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}


def test_title_and_app_badge_count_what_is_unread(open_page, reader, helper):
    page = open_page("reader", reader)
    page.driver.execute_script("window.badges = []; navigator.setAppBadge = async (n) => badges.push(n)")
    assert page.driver.title == "My requests · bookreq"
    helper.respond(reader.create(unique("Book")), "approved")
    page.wait(lambda: page.driver.title == "(1) My requests · bookreq", "the number in the title")
    assert page.driver.execute_script("return badges.at(-1)") == 1


def test_address_survives_the_log_in_and_back_finds_its_place(open_page, reader):
    titles = [reader.create(unique(f"Book {n}"))["title"] for n in range(3)]
    page = open_page("reader", size=(360, 420))
    page.visit("statement")
    page.enter(reader)
    page.wait(lambda: page.find("#statement-heading"), "the page of the address")
    page.press("My requests")
    page.card(titles[0])
    page.driver.execute_script("scrollTo(0, document.body.scrollHeight)")
    page.wait(lambda: page.driver.execute_script("return scrollY") > 100, "the end of the list")
    place = page.driver.execute_script("return scrollY")
    page.press(titles[0])
    page.wait(lambda: page.find(".timeline"), "the request")
    assert page.driver.execute_script("return scrollY") == 0
    page.driver.back()
    page.card(titles[0])
    page.wait(lambda: abs(page.driver.execute_script("return scrollY") - place) < 60, "the place in the list")
    page.driver.forward()
    page.wait(lambda: page.find(".timeline"), "the request again")


def test_a_page_that_is_broken_says_so(open_page, reader):
    page = open_page("reader", reader)
    page.driver.execute_script("dispatchEvent(new ErrorEvent('error', {error: new Error('as after an update of the server')}))")
    page.shows("Something on this page does not work. Reload it, please.")


def test_pages_that_are_none_lead_home(open_page, reader):
    page = open_page("reader", reader, size=PHONE)
    for address in ("nonsense", "queue", "%E0%A4%A", "request/x", "requests?status=%00&month=2026-99"):
        page.visit(address)
        page.wait(lambda: page.find("main h1").is_displayed() and "Loading…" not in page.text, f"a page at {address}")
    assert [text for text in page.console_errors() if "/request" not in text] == []
