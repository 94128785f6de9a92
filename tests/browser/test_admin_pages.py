"""The admins' other pages: people and team, tiers, figures, activity."""

import csv
import io
import json

import pytest

from support.checks import API
from support.http import Client
from support.people import Tenant, unique

PASSWORD = "a fairly long password"
MARKUP = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>"


@pytest.fixture
def campaign(stack):
    """A creator whom no other test knows."""
    return Tenant(stack, requests=3, password=PASSWORD)


def rows(page):
    """The table of the users: name → text of the row."""
    return {row.get_attribute("data-user"): row.text for row in page.find_all("tr[data-user]")}


def row_shows(page, user, text, there=True):
    page.wait(lambda: user.name in rows(page) and (text in rows(page)[user.name]) is there, f"{text} in the row of {user.name}: {there}")


def press_in(page, selector, label):
    page.wait(lambda: page.find(selector), selector)
    page.press(label, page.find(selector))


def test_users_and_team(open_page, campaign):
    ann, bob = campaign.subscriber("ann", password=PASSWORD), campaign.subscriber("bob", password=PASSWORD)
    ann.create()
    page, reader = open_page("creator", campaign.creator), open_page("ann", ann)
    page.visit("people")
    row_shows(page, ann, "1 of 3")
    reader.ask("Emma")
    row_shows(page, ann, "2 of 3")
    page.field("q").send_keys(bob.name[:8].upper())
    page.wait(lambda: list(rows(page)) == [bob.name], "the users that are found")
    page.reload()
    page.wait(lambda: list(rows(page)) == [bob.name] and page.field("q").get_attribute("value") == bob.name[:8].upper(), "the same after a reload")
    page.visit("people")

    in_row = f'tr[data-user="{ann.name}"]'
    press_in(page, in_row, "Deactivate")
    press_in(page, in_row, "No")
    press_in(page, in_row, "Deactivate")
    press_in(page, in_row, f"Deactivate {ann.name}")
    row_shows(page, ann, "Deactivated")
    reader.wait(lambda: reader.field("username"), "the log-in page")
    page.wait(lambda: page.focused().text == "Activate", "the focus on what undoes it")
    page.press("Activate", page.find(in_row))
    row_shows(page, ann, "Deactivated", there=False)
    reader.enter(ann)

    page.field("user").send_keys("nobody at all")
    page.press("Add to the team")
    page.shows("There is no user of this name.")
    page.field("user").clear()
    page.field("user").send_keys(ann.name)
    page.press("Add to the team")
    page.wait(lambda: ann.name in page.find(".team .list-group").text, "the new team member")
    reader.wait(lambda: "Queue" in reader.find("#nav").text, "the queue on the new member's page")
    reader.visit("people")
    row_shows(reader, ann, "Team, Gold")
    assert reader.find_all(".team button, tr[data-user] button") == [], "a team member changes nobody"
    page.press("Remove", page.find(".team .list-group"))
    page.press(f"Remove {ann.name} from the team")
    page.wait(lambda: ann.name not in page.find(".team .list-group").text, "the former member's leaving")
    reader.wait(lambda: "Queue" not in reader.find("#nav").text, "the former member's page without the queue")
    assert [line for line in page.console_errors() if "/team/add" not in line] == []  # the unknown name


def test_tiers(open_page, campaign):
    ann, helper = campaign.subscriber("ann", password=PASSWORD), campaign.team_member("helper", password=PASSWORD)
    page, other, reader = open_page("creator", campaign.creator), open_page("helper", helper), open_page("ann", ann)
    for window in (page, other):
        window.visit("tiers")
        window.wait(lambda window=window: "Gold" in window.find("tbody").text, "the tier")
    assert other.find_all("tbody button") == [], "only the creator changes them"
    page.press("Change")
    page.shows("One active subscriber has this tier and gets the new numbers at once.")
    page.fill(book_requests_allowed="-1", chapters_allowed_per_book_request="4.5")
    page.press("Save")
    page.shows("Please give a whole number from 0 to 100000.")
    page.fill(book_requests_allowed="7", chapters_allowed_per_book_request="4")
    page.press("Save")
    page.shows("“Gold” is changed for 2 users.")
    reader.wait(lambda: "7 of 7 left" in reader.find(".quota").text, "the new quota")
    tier = campaign.creator.api.get("/api/tiers").json["tiers"][0]
    assert (tier["book_requests_allowed"], tier["chapters_allowed_per_book_request"]) == (7, 4)
    # The other admin's page has no frame for this: it looks again as soon as it is looked at.
    other.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    other.wait(lambda: "7" in other.find("tbody").text, "the new number on the other admin's page")
    page.press("Change")
    page.keys("ESCAPE")
    page.wait(lambda: page.focused().text == "Change", "the focus on the button again")
    assert page.console_errors() == []


def test_figures(open_page, campaign):
    ann = campaign.subscriber("ann", password=PASSWORD)
    campaign.creator.respond(ann.create(), "approved")
    ann.create()
    page = open_page("creator", campaign.creator)
    page.visit("figures?months=3")

    def headline(number):
        return page.find_all(".headlines dd")[number].text

    page.wait(lambda: (headline(0), headline(1)) == ("2", "1"), "the numbers")
    assert headline(2).endswith("seconds") or headline(2).endswith("second")
    assert len(page.find_all("#main svg.plot[role=img][aria-label]")) == 3
    assert len(page.find_all("rect.plot-pending")) == 2 == len(page.find_all("rect.plot-approved")), "in the plot and its legend"
    page.find(".figure summary").click()
    last = page.find_all(".figure table")[0].find_elements("css selector", "tbody tr")[-1]
    assert last.text.split()[-5:] == ["1", "1", "0", "0", "2"]
    assert len(page.find_all(".figure table")[0].find_elements("css selector", "tbody tr")) == 3
    ann.create()
    page.wait(lambda: headline(0) == "3", "the new request in the figures")
    assert page.find(".figure details").get_attribute("open"), "the table stays open"
    assert ann.name in page.find_all(".figure table")[2].get_attribute("textContent")
    page.driver.execute_script("arguments[0].value = '24'; arguments[0].dispatchEvent(new Event('change'))", page.field("months"))
    page.wait(lambda: len(page.find_all(".figure table")[0].find_elements("css selector", "tbody tr")) == 24, "two years")
    page.reload()
    page.wait(lambda: len(page.find_all(".figure table")[0].find_elements("css selector", "tbody tr")) == 24, "two years after a reload")
    assert page.console_errors() == []


def test_activity_and_its_file(open_page, campaign, tmp_path):
    ann, helper = campaign.subscriber("ann"), campaign.team_member("helper")
    formula = ann.create("=HYPERLINK(\"http://evil.example\"), \"x\"")
    helper.respond(formula, "approved", response_message="-1")
    other = campaign.subscriber("bob").create("Ämne; \"quoted\", and more")
    campaign.creator.respond(other, "rejected")
    page = open_page("creator", campaign.creator)
    page.visit("activity")
    page.shows(f"{helper.name} approved “{formula['title']}” (was pending)")
    helper.act(formula, "fulfill")
    page.shows(f"{helper.name} fulfilled “{formula['title']}”")

    page.field("user").send_keys(helper.name)
    page.wait(lambda: f"actor={helper.id}" in page.driver.current_url, "the actor in the address")
    page.wait(lambda: len(page.find_all(".entry")) == 2, "what the helper did")
    page.driver.execute_script("arguments[0].value = 'responded'; arguments[0].dispatchEvent(new Event('change'))", page.field("action"))
    page.wait(lambda: len(page.find_all(".entry")) == 1, "what the helper answered")
    page.reload()
    page.wait(lambda: len(page.find_all(".entry")) == 1 and page.field("action").get_attribute("value") == "responded", "the same after a reload")
    page.wait(lambda: page.field("user").get_attribute("value") == helper.name, "the name after a reload")

    page.visit("activity")
    page.wait(lambda: len(page.find_all(".entry")) == 5, "everything")
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    page.press("Download CSV")
    file = page.wait(lambda: [one for one in tmp_path.iterdir() if one.suffix == ".csv"][0], "the file")
    text = page.wait(lambda: file.read_bytes().decode("utf-8"), "its content")
    assert text.startswith("\ufeffat,who,action,request,title,details\r\n") and text.endswith("\r\n")
    found = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    entries = campaign.creator.api.get(API + "/activity").json["activity"]
    assert [(row["at"], row["who"], row["action"], int(row["request"])) for row in found] == [
        (entry["at"], entry["actor"]["username"], entry["action"], entry["book_request_id"]) for entry in entries
    ]
    assert {row["title"] for row in found} == {"'" + formula["title"], other["title"]}, "no cell is a formula"
    assert json.loads(found[1]["details"]) == {"status": "rejected", "previous_status": "pending"}
    assert page.console_errors() == []


def test_what_could_be_a_formula(open_page):
    page = open_page("modules")
    made = page.driver.execute_async_script(
        "const done = arguments[0]; import('/csv.js').then(({csv}) => done(csv([['=1', '+1', '-1', '@x', '\\t=1', 'a=1', 7, null, 'a\"b', 'c\\nd']])))"
    )
    assert made == "\ufeff'=1,'+1,'-1,'@x,'\t=1,a=1,7,,\"a\"\"b\",\"c\nd\"\r\n"


def test_markup_in_names_and_tiers_stays_text(open_page, campaign, stack):
    tier = f"{MARKUP}{unique('tier')}"
    campaign.set_tier(tier, 5)
    name = f"{MARKUP}{unique('x')}"
    stack.ctl("user", "add", name, "--creator", campaign.creator.name, "--tier", tier)
    token = stack.ctl_json("token", "add", name)["token"]
    helper = campaign.team_member("helper")
    answer = Client(stack, token=token).post(API + "/", {"title": f"{MARKUP} book", "author": MARKUP, "link": "https://example.org/?q=" + "%3Cb%3E", "description": MARKUP})
    request = answer.json["book_request"]
    helper.act(request, "accept")
    stack.ctl("team", "add", "--creator", campaign.creator.name, name)
    campaign.creator.api.post(API + "/settings", {"tier_id": tier, "book_requests_allowed": 6})
    page = open_page("creator", campaign.creator)
    for address, shown in (("queue", f"Asked by {name}"), ("people", name), ("tiers", tier), ("figures", "Who asks most"), ("activity", f"{name} asked for “{MARKUP} book”"),
                           (f"request/{request['id']}", MARKUP)):  # fmt: skip
        page.visit(address)
        page.shows(shown)
        if address == "queue":
            page.card_shows(f"{MARKUP} book", tier)
            page.press("Reject…", page.card(f"{MARKUP} book"))
            page.fill(page.card(f"{MARKUP} book"), response_message=MARKUP)
            page.card_shows(f"{MARKUP} book", f"Not approved: {MARKUP}")
            page.press("Cancel", page.card(f"{MARKUP} book"))
            page.driver.execute_script("arguments[0].click()", page.card(f"{MARKUP} book").find_element("css selector", "input[type=checkbox]"))
            page.press("Approve all")
            page.shows("1 approved.")
        assert page.find_all("main img, main b, main script, #toasts img, #toasts b") == [], address
        assert "owned" not in page.driver.title, address
    assert page.console_errors() == []


def test_role_change_while_a_page_of_admins_is_open(open_page, campaign):
    helper = campaign.team_member("helper", password=PASSWORD)
    page = open_page("helper", helper)
    page.visit("activity")
    page.wait(lambda: page.find_all("main h1")[0].text == "Activity", "the activity log")
    count = "return performance.getEntriesByType('resource').filter((one) => one.name.includes('/activity')).length"
    campaign.leave(helper)
    page.wait(lambda: "Activity" not in page.find("#nav").text and page.find_all("main h1")[0].text == "My requests", "the subscriber's own page")
    asked = page.driver.execute_script(count)
    for _ in range(2):  # what loads the log again while it is shown
        page.driver.execute_script("document.dispatchEvent(new Event('visibilitychange')); new BroadcastChannel('bookreq-admin').postMessage(null)")
        page.visit("statement")
        page.wait(lambda: page.find_all("main h1")[0].text == "Statement", "the statement")
        page.visit("activity")
        page.wait(lambda: page.find_all("main h1")[0].text == "My requests", "the subscriber's own page")
    assert page.driver.execute_script(count) == asked, "nothing asks for the log any more"
    campaign.join(helper)
    page.wait(lambda: page.find_all("main h1")[0].text == "Activity", "the activity log, which the address still names")
