"""Who joins or leaves the team while the pages are open."""

from support.people import unique


def links(page):
    return [link.text.split("\n")[0].split(" ")[0] for link in page.find_all("#nav a")]


def test_joining_and_leaving_the_team(open_page, campaign, reader):
    other = campaign.subscriber("other")
    waiting = other.create(unique("Rosina"))
    page = open_page("reader", reader)
    assert "Queue" not in links(page)
    page.visit("ask")
    page.fill(title="Half a title")

    campaign.join(reader)
    page.shows("You are on the team now.")
    page.wait(lambda: "Queue" in links(page), "the way to the queue")
    page.wait(lambda: page.field("title").get_attribute("value") == "Half a title", "what was being typed")
    page.visit("queue")
    page.card(waiting["title"])
    page.wait(lambda: campaign.creator.api.get("/api/book-requests/admin/live").json["online"]["admins"] >= 1, "the admin's socket")
    later = other.create(unique("Valerius"))
    page.card(later["title"])

    campaign.leave(reader)
    page.shows("You are no longer on the team.")
    page.wait(lambda: "Queue" not in links(page) and page.find("#mine-heading"), "the end of the queue")
    assert waiting["title"] not in page.find("main").text and later["title"] not in page.find("main").text
    other.create()
    own = reader.create(unique("Own"))
    page.card_shows(own["title"], "Waiting for review")
    assert not page.was_reloaded
    # An admin's question that was on its way is refused.
    assert [line for line in page.console_errors() if "/admin/context" not in line] == []


def test_joining_while_away(open_page, campaign, reader):
    page = open_page("reader", reader)
    page.network(False)
    page.wait_live("Offline, retrying")
    campaign.join(reader)
    page.network(True)
    page.wait(lambda: "Queue" in links(page), "the way to the queue")
    assert not page.was_reloaded
