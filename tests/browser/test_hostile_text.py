"""Markup, scripts and endless words in every field that a person can fill: shown as they are, to everybody, on every page."""

from page import DESKTOP, PHONE, TABLET

from support.people import unique

SCRIPTS = (
    "<script>window.owned = 1</script><img src=x onerror='window.owned = 1'><svg onload='window.owned = 1'>"
    "\"'></textarea><a href='javascript:window.owned = 1'>${window.owned = 1}{{owned}} &lt;b&gt;"
)
ENDLESS = "W" * 300
REVERSED = "\u202e"  # from here on the letters run from right to left, until something ends that
HEBREW = "\u05e1\u05e4\u05e8"
TEXTS = {"title": f"T {SCRIPTS}", "author": f"A {SCRIPTS}", "description": f"D {SCRIPTS}"}
# Elements that only a text taken as markup could bring.
FOREIGN = "main img, main script, main a[href^='javascript'], #toasts img, #toasts script, header script, svg[onload]"


def is_harmless(page):
    assert page.driver.execute_script("return window.owned") is None
    assert page.find_all(FOREIGN) == []
    assert page.console_errors() == []
    return True


def pages_show(page, texts):
    """texts: of each page what must be on it, to the letter."""
    for address, wanted in texts.items():
        page.visit(address)
        for text in wanted:
            page.shows(text)
        assert is_harmless(page) and not page.is_too_wide


def test_scripts_in_every_field_are_text(open_page, campaign, helper):
    name = f"<b onclick='window.owned = 1'>{unique('n')}</b>"
    reader = campaign.subscriber(password="a fairly long password")
    campaign.stack.ctl("user", "add", name, "--creator", campaign.creator.name, "--tier", "Gold")
    odd_token = campaign.stack.ctl_json("token", "add", name)["token"]
    page, admin = open_page("reader", reader), open_page("admin", campaign.creator)
    page.ask(**TEXTS, link="https://example.org/?q=%22%3E%3Cscript%3E&x='`")
    page.card_shows(TEXTS["title"], TEXTS["author"])
    card = admin.card(TEXTS["title"])
    assert TEXTS["description"] in card.text
    admin.press("Reject…", card)
    admin.fill(card, response_message=f"R {SCRIPTS}")
    admin.press("Send the answer", card)
    page.card_shows(TEXTS["title"], f"Not approved: R {SCRIPTS}")
    request = reader.api.get("/api/book-requests").json["book_requests"][0]
    helper.respond(request, "approved", response_message=f"R {SCRIPTS}")
    reader.act(request, "reply", user_reply=f"Y {SCRIPTS}")
    helper.act(request, "fulfill")

    here = f"request/{request['id']}"
    pages_show(
        page,
        {
            here: [*TEXTS.values(), f"R {SCRIPTS}", f"Y {SCRIPTS}"],
            "requests": [TEXTS["title"], TEXTS["author"], f"R {SCRIPTS}"],
            "statement": [f"Asked for {TEXTS['title']}"],
            "notifications": [f"Your request for “{TEXTS['title']}” is fulfilled."],
        },
    )
    page.visit("ask")
    page.fill(title=TEXTS["title"])
    page.wait(lambda: TEXTS["title"] in page.find(".similar li").text, "the similar one")
    assert is_harmless(page)
    pages_show(admin, {here: [*TEXTS.values(), f"Y {SCRIPTS}"], "queue?status=fulfilled": [*TEXTS.values(), f"Y {SCRIPTS}"]})

    asked = admin.driver.execute_async_script(
        """
        const [token, done] = arguments;
        fetch('/api/book-requests', {method: 'POST', headers: {Authorization: `Bearer ${token}`, 'Content-Type': 'application/json'},
            body: JSON.stringify({title: 'By the odd one', author: 'A'})}).then((answer) => done(answer.status));
        """,
        odd_token,
    )
    assert asked == 201
    pages_show(admin, {"queue": [name]})


def test_links_that_are_none(open_page, reader):
    page = open_page("reader", reader)
    page.ask("A book", link="javascript:window.owned = 1")
    page.shows("must be a link that begins with http:// or https://")
    assert page.driver.execute_script("return window.owned") is None


def test_endless_words_fit_a_phone(open_page, campaign, helper):
    reader = campaign.subscriber(password="a fairly long password")
    request = reader.create(f"T{ENDLESS}", author=f"A{ENDLESS[:299]}", description=f"D{ENDLESS}", link=f"https://{'w' * 60}.example.org/{ENDLESS}")
    helper.respond(request, "approved", response_message=f"R{ENDLESS}")
    reader.act(request, "reply", user_reply=f"Y{ENDLESS}")
    page, admin = open_page("reader", reader, size=PHONE), open_page("admin", campaign.creator, size=PHONE)
    here = f"request/{request['id']}"
    for address in ("requests", here, "statement", "notifications"):
        pages_show(page, {address: [f"T{ENDLESS}"]})
    for address in ("queue?status=approved", here):
        pages_show(admin, {address: [f"T{ENDLESS}"]})
    word = unique("w" * 60)
    campaign.set_tier(word, 5)
    campaign.stack.ctl("user", "add", word, "--creator", campaign.creator.name, "--tier", word)
    for size in (PHONE, TABLET, DESKTOP):
        admin.resize(size)
        for address in (f"people?q={word}", "tiers"):
            pages_show(admin, {address: [word]})
    page.visit("ask")
    page.fill(title=f"T{ENDLESS}")
    page.wait(lambda: page.find(".similar li"), "the similar one")
    assert not page.is_too_wide


def test_each_text_runs_in_its_own_direction(open_page, campaign, reader, helper):
    """What stands beside a text from right to left, or after one that turns the direction, is not moved by it."""

    def left_edges(selector, *words):
        """Where these words begin on the screen, which tell apart text that runs in different directions."""
        return page.driver.execute_script(
            """
            const [selector, words] = arguments, element = document.querySelector(selector), range = document.createRange();
            return words.map((word) => {
                const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
                while (nodes.nextNode()) {
                    const at = nodes.currentNode.data.indexOf(word);
                    if (at >= 0) {
                        range.setStart(nodes.currentNode, at);
                        range.setEnd(nodes.currentNode, at + word.length);
                        return range.getBoundingClientRect().left;
                    }
                }
                return null;
            });
            """,
            selector,
            words,
        )

    page = open_page("reader", reader)
    page.visit("ask")
    page.fill(title=HEBREW)
    assert page.driver.execute_script("return getComputedStyle(arguments[0]).direction", page.field("title")) == "rtl"
    page.fill(title="abc")
    assert page.driver.execute_script("return getComputedStyle(arguments[0]).direction", page.field("title")) == "ltr"
    request = reader.create(f"{REVERSED}abc", author=f"{REVERSED}def")
    helper.respond(request, "approved")
    page.wait(lambda: "is approved." in page.find("#toasts").text, "the news")
    for place in ("#toasts span", ".notification"):
        page.visit("notifications")
        page.wait(lambda place=place: page.find(place), place)
        before, after = left_edges(place, "Your", "is approved.")
        assert before < after, place
    reader.create(f"{HEBREW} {HEBREW}: 2")
    page.visit("requests")
    page.card(f"{HEBREW} {HEBREW}: 2")
    first, number = left_edges(".book-title", HEBREW, ": 2")
    assert number < first, "the title begins at its right"
