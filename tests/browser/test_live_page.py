"""The pages in a real browser: what one person does, another sees without reloading."""

from support.people import unique


def quota_words(page):
    return page.driver.find_element("css selector", ".quota").text


def test_asking_approving_and_rejecting_are_seen_live(open_page, campaign, reader):
    subscriber = open_page("subscriber", reader)
    admin = open_page("admin", campaign.creator)
    first, second = unique("Frankenstein"), unique("The Last Man")
    subscriber.wait(lambda: "3 of 3 left" in quota_words(subscriber), "the full quota")

    subscriber.ask(first, link="https://example.org/frankenstein", description="The text of 1818.")
    subscriber.card_shows(first, "Waiting for review")
    subscriber.wait(lambda: "2 of 3 left" in quota_words(subscriber), "the charge")
    admin.card_shows(first, "The text of 1818.")
    admin.press("Approve", admin.card(first))
    admin.wait(lambda: not admin.cards(first), "the approved request's leaving the pending ones")
    subscriber.card_shows(first, "Approved")

    subscriber.ask(second)
    subscriber.wait(lambda: "1 of 3 left" in quota_words(subscriber), "the second charge")
    card = admin.card(second)
    admin.press("Reject…", card)
    admin.fill(card, response_message="We have no rights to it.")
    admin.press("Send the answer", card)
    subscriber.card_shows(second, "We have no rights to it.")
    subscriber.card_shows(second, "Not approved")
    subscriber.wait(lambda: "2 of 3 left" in quota_words(subscriber), "the refund")

    for page in (subscriber, admin):
        assert not page.was_reloaded
        assert page.console_errors() == []


def test_accepting_fulfilling_and_replying_are_seen_live(open_page, reader, helper):
    subscriber = open_page("subscriber", reader, size=(360, 740))
    request = reader.create(unique("Mathilda"))
    title = request["title"]
    admin = open_page("admin", helper)

    admin.press("Accept", admin.card(title))
    admin.card_shows(title, "Accepted by you.")
    subscriber.card_shows(title, "Being looked into")
    card = admin.card(title)
    admin.press("Answer…", card)
    admin.fill(card, response_message="Next week!")
    admin.press("Send the answer", card)
    subscriber.card_shows(title, "Next week!")

    admin.visit("queue?status=approved")
    admin.press("Fulfil", admin.card(title))
    subscriber.card_shows(title, "Ready")
    subscriber.visit(f"request/{request['id']}")
    subscriber.wait(lambda: subscriber.field("user_reply").is_displayed(), "the reply form")
    subscriber.fill(user_reply="Thank you!")
    subscriber.press("Send the reply")
    admin.visit("queue?status=fulfilled")
    admin.card_shows(title, "Thank you!")
    subscriber.wait(lambda: not subscriber.field("user_reply").is_displayed(), "the reply form's end")

    for page in (subscriber, admin):
        assert not page.was_reloaded
        assert page.console_errors() == []
    width = subscriber.driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0, "the page is wider than a phone"


def test_markup_in_texts_stays_text(open_page, campaign, reader):
    subscriber = open_page("subscriber", reader)
    admin = open_page("admin", campaign.creator)
    title = f"<img src=x onerror=\"document.title='owned'\">{unique('x')}"
    words = "<script>document.title='owned'</script><b>bold</b> &amp; \"quoted\""

    subscriber.ask(title, author="<i>A</i>", description=words)
    subscriber.card_shows(title, "by <i>A</i>")
    admin.card_shows(title, words)
    card = admin.card(title)
    admin.press("Reject…", card)
    admin.fill(card, response_message=words + "!")
    admin.press("Send the answer", card)
    subscriber.card_shows(title, words + "!")

    for page in (subscriber, admin):
        assert "owned" not in page.driver.title
        assert page.driver.find_elements("css selector", "main img, main script, main b, main i, #toasts img") == []
        assert page.console_errors() == []


def test_wrong_password_is_told_and_the_name_kept(open_page, reader):
    page = open_page("login")
    page.fill(username=reader.email, password="not the password")
    page.press("Log in")
    page.wait(lambda: page.driver.find_element("css selector", "[role=alert]").text != "", "the refusal")
    assert page.field("username").get_attribute("value") == reader.email
    page.fill(password=reader.password)
    page.press("Log in")
    page.wait_live()
    page.log_out()


def test_refused_fields_are_told_beside_them_and_text_is_kept(open_page, reader):
    page = open_page("subscriber", reader)
    page.ask("", link="ftp://example.org/", description="Kept.")
    for name in ("title", "link"):
        page.wait(lambda: page.field(name).get_attribute("aria-invalid") == "true", f"the error of {name}")
        errors = [page.driver.find_element("id", i) for i in page.field(name).get_attribute("aria-describedby").split()]
        assert any(error.text for error in errors)
    assert page.field("author").get_attribute("aria-invalid") is None
    assert page.field("description").get_attribute("value") == "Kept."


def test_duplicate_can_be_asked_for_anyway(open_page, reader):
    title = reader.create(unique("Lodore"))["title"]
    page = open_page("subscriber", reader)
    page.ask(title.upper())
    page.press("Ask anyway")
    page.card(title.upper())
    assert len(page.cards(title)) == 1


def test_slower_admin_is_told_who_was_faster(open_page, campaign, reader, helper):
    request = reader.create(unique("Valperga"))
    admin = open_page("admin", campaign.creator)
    card = admin.card(request["title"])
    admin.press("Reject…", card)
    admin.fill(card, response_message="No.")
    helper.respond(request, "approved")
    admin.card_shows(request["title"], f"{helper.name} was faster")
    admin.press("Send the answer", card)
    admin.card_shows(request["title"], "Send again to answer all the same.")
    assert reader.api.get(f"/api/book-requests/{request['id']}").json["book_request"]["status"] == "approved"
    admin.press("Send the answer", card)
    admin.wait(lambda: not admin.cards(request["title"]), "the rejected request's leaving the pending ones")
    assert reader.api.get(f"/api/book-requests/{request['id']}").json["book_request"]["status"] == "rejected"


def test_higher_version_stays_whatever_comes_later(open_page):
    page = open_page("modules")
    shown = page.driver.execute_async_script(
        """
        const done = arguments[0];
        import('/store.js').then(({Store}) => {
            const store = new Store({id: 1, username: 'me', is_creator: false, is_team: false}, () => {});
            const request = (version, status) => ({id: 7, user_id: 1, user: {id: 1, username: 'me'}, responder: null, version, status});
            store.mergeChange(request(2, 'approved'));
            store.mergeChange(request(1, 'pending'));
            store.mergeList([request(2, 'rejected')]);
            const kept = store.select({scope: 'mine'}).map((one) => one.status);
            store.mergeList([request(3, 'fulfilled')]);
            done([kept, store.select({scope: 'mine'}).map((one) => one.status)]);
        });
        """
    )
    assert shown == [["approved"], ["fulfilled"]]


def test_ended_session_leads_to_the_log_in_page(open_page, campaign, reader):
    page = open_page("subscriber", reader)
    campaign.deactivate(reader)
    page.wait(lambda: page.field("username"), "the log-in page")
    assert page.driver.find_element("css selector", ".login .alert").text != ""


def test_password_is_changed_on_the_page(open_page, reader):
    page, elsewhere = open_page("subscriber", reader), open_page("elsewhere", reader)
    page.find(".menu summary").click()
    page.press("Change password")
    page.wait(lambda: page.focused().get_attribute("name") == "current_password", "the form, ready to be typed into")
    page.fill(current_password="not the password", new_password="another fairly long password")
    page.press("Change the password")
    page.shows("This is not your current password.")
    assert page.focused().get_attribute("name") == "current_password" and elsewhere.live == "Live"
    page.fill(current_password=reader.password, new_password="short")
    page.press("Change the password")
    page.wait(lambda: page.field("new_password").get_attribute("aria-invalid") == "true", "the refusal of a short one")
    assert page.field("current_password").get_attribute("aria-invalid") is None
    page.fill(new_password="another fairly long password")
    page.press("Change the password")
    page.shows("Your password is changed.")
    elsewhere.wait(lambda: elsewhere.field("username"), "the end of the other session")
    assert page.live == "Live" and not page.was_reloaded
    reader.password = "another fairly long password"
    elsewhere.enter(reader)
    assert [line for line in page.console_errors() if "/api/auth/password" not in line] == []
