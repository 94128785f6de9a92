"""The largest frames there can be."""

from support.people import unique

LONGEST = "\x01" * 4998  # six bytes each in JSON; what is trimmed stands at neither end


def longest(mark):
    """A text of 5000 code points that takes most room in a frame."""
    return f"<{LONGEST}{mark}"


def largest_request(owner, admin):
    """A request whose every text is as long as it may be: frames of 97 KB, more than a bridge holds for a slow client."""
    request = owner.create(title=unique("Book") + "\x01" * 460 + ".", author="<" + "\x01" * 298 + ">", link="http://x/".ljust(2000, "x"), description=longest(">"))
    admin.respond(request, "approved", response_message=longest(">"))
    return owner.act(request, "reply", user_reply=longest(">"))


def flood(owner, admin, count):
    """That many changes of such a request: more than the kernel, nginx and websocketd together hold for one client. All its versions."""
    request = largest_request(owner, admin)
    return [request] + [admin.respond(request, "approved", response_message=longest(number % 10)) for number in range(count)]
