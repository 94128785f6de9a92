"""What is around every page: colours, installing, title, the way back."""

import json

from page import PASSWORD, PHONE

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


def test_every_module_is_asked_for_at_once(open_page, reader):
    page = open_page("reader", reader)
    preloaded = [link.get_attribute("href") for link in page.find_all("link[rel=modulepreload]")]
    loaded = page.driver.execute_script("return performance.getEntriesByType('resource').map((one) => one.name).filter((name) => name.endsWith('.js'))")
    first = [f"{page.origin}/{name}.js" for name in ("app", "theme")]
    assert sorted(preloaded + first) == sorted(set(loaded)) == sorted(loaded)
    assert page.console_errors() == []


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


def test_the_link_to_the_page_is_in_sight(open_page, campaign):
    """A team member has more pages than a phone's width has room for."""
    page = open_page("member", campaign.team_member(password=PASSWORD), size=PHONE)

    def in_sight():
        nav, link = (page.find(selector).rect for selector in ("#nav", "#nav [aria-current]"))
        return nav["x"] <= link["x"] and link["x"] + link["width"] <= nav["x"] + nav["width"] + 1

    for address in ("statement", "queue", "activity"):
        page.visit(address)
        page.wait(lambda address=address: page.find("#nav [aria-current]").get_attribute("href").endswith(address) and in_sight(), f"the link to {address}")
    page.resize((280, 740))
    page.wait(in_sight, "the link on a narrower screen")


# What the page does after some seconds is done when the test says so: timers of seven seconds and more wait in window.late.
HOLD_TIMERS = """
window.late = new Map();
const {setTimeout: later, clearTimeout: never} = window;
let n = 0;
window.setTimeout = (f, ms, ...more) => {
    if (ms < 7000 || ms > 12000) {
        return later(f, ms, ...more);
    }
    late.set(--n, f);
    return n;
};
window.clearTimeout = (id) => (id < 0 ? late.delete(id) : never(id));
"""


def test_a_message_waits_for_its_reader_and_hides_nothing(open_page, campaign, reader, helper):
    page = open_page("admin", helper, size=PHONE)
    title = reader.create(unique("Book"))["title"]
    page.card(title)
    page.driver.execute_script("document.getElementById('toasts').replaceChildren()")
    page.driver.execute_script(HOLD_TIMERS)
    page.driver.execute_script("arguments[0].click()", page.card(title).find_element("css selector", "input[type=checkbox]"))
    campaign.allowance(reader, 50)
    reader.create(unique("Another " * 20))
    toast = page.wait(lambda: page.find(".toast-note"), "the news")
    show = toast.find_element("css selector", "a")
    assert show.size["height"] < 30, "a word of four letters is broken"
    covered = page.driver.execute_script(
        "const [a, b] = [...arguments].map((one) => one.getBoundingClientRect()); return a.top < b.bottom && b.top < a.bottom", toast, page.find(".bulk"))
    assert not covered, "the message lies on the buttons for the selected requests"
    held = page.driver.execute_script("return late.size")
    page.driver.execute_script("arguments[0].focus()", show)
    assert page.driver.execute_script("return late.size") == held - 1, "it goes while its reader is in it"
    page.driver.execute_script("arguments[0].blur()", show)
    page.wait(lambda: page.driver.execute_script("return late.size") == held, "the time that begins anew")
    page.driver.execute_script("arguments[0].querySelector('button').focus(); arguments[0].querySelector('button').click()", toast)
    assert page.find_all(".toast-note") == [] and page.focused().get_attribute("id") == "main", "the keyboard's place is lost"


def test_what_gets_the_focus_is_not_under_the_bar(open_page, reader):
    titles = [reader.create(unique("Book"))["title"] for _ in range(3)]
    page = open_page("reader", reader, size=(360, 300))
    link = page.card(titles[-1]).find_element("css selector", "a")

    def top():
        return page.driver.execute_script("return arguments[0].getBoundingClientRect().top", link)

    page.driver.execute_script("scrollBy(0, arguments[0].getBoundingClientRect().top - 20)", link)
    page.wait(lambda: top() < 40, "the card below the bar on top")
    page.driver.execute_script("arguments[0].focus()", link)
    page.wait(lambda: top() >= page.find("#top").rect["height"], "the card in sight")
