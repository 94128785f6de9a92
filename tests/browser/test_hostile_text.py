"""Markup, scripts and endless words in every field that a person can fill: shown as they are, to everybody, on every page."""

from page import PHONE

from support.people import unique

SCRIPTS = (
    "<script>window.owned = 1</script><img src=x onerror='window.owned = 1'><svg onload='window.owned = 1'>"
    "\"'></textarea><a href='javascript:window.owned = 1'>${window.owned = 1}{{owned}} &lt;b&gt;"
)
ENDLESS = "W" * 200
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
    request = reader.create(f"T{ENDLESS}", author=f"A{ENDLESS}", description=f"D{ENDLESS}", link=f"https://{'w' * 60}.example.org/{ENDLESS}")
    helper.respond(request, "approved", response_message=f"R{ENDLESS}")
    reader.act(request, "reply", user_reply=f"Y{ENDLESS}")
    page, admin = open_page("reader", reader, size=PHONE), open_page("admin", campaign.creator, size=PHONE)
    here = f"request/{request['id']}"
    for address in ("requests", here, "statement", "notifications"):
        pages_show(page, {address: [f"T{ENDLESS}"]})
    for address in ("queue?status=approved", here):
        pages_show(admin, {address: [f"T{ENDLESS}"]})
    page.visit("ask")
    page.fill(title=f"T{ENDLESS}")
    page.wait(lambda: page.find(".similar li"), "the similar one")
    assert not page.is_too_wide
