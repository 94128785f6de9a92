"""Request bodies, readable and not: encodings, sizes, and what is neither."""

import json

import pytest

from support.checks import API, check_problem, check_quota, check_request
from support.http import multipart
from support.people import unique
from support.servers import CHUNKED

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
PARTS = "multipart/form-data; boundary=b0undary"
LIMIT = 65536
bodies = pytest.mark.parametrize("chunked", CHUNKED, ids=["length", "chunked"][: len(CHUNKED)])


@pytest.fixture(scope="module")
def asker(tenant):
    user = tenant.subscriber()
    tenant.allowance(user, 10000)
    return user


def send(user, content_type, body, **options):
    return user.api.send(API + "/", content_type, body if isinstance(body, bytes) else body.encode(), **options)


def part(name, value, extra=b"", disposition=b"form-data"):
    return b"--b0undary\r\nContent-Disposition: " + disposition + b'; name="' + name + b'"' + extra + b"\r\n\r\n" + value + b"\r\n"


@pytest.mark.parametrize(
    "content_type, body",
    [
        ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", "title=%44une&author=F.+Herbert&description=a%2Bb%26c%3Dd"),
        (FORM, "&title=Dune&&author=F.%20Herbert&description=a%2bb%26c%3Dd&"),
        (FORM, "title=Dune&author=F. Herbert&description=a%2Bb%26c=d&link="),
        (FORM, "title=Dune&author=F.+Herbert&description=a%2Bb%26c%3Dd&unknown"),
        ("APPLICATION/JSON ;charset=utf-8", ' \n{"title":"Dune","author":"F. Herbert","description":"a+b&c=d"}\n '),
        (JSON, r'{"\u0074itle":"D\u0075ne","author":"F. Herbert","description":"a+b&c=d","x":{"title":[1,2,{}]},"y":null,"z":1e3}'),
        (PARTS, multipart({"title": "Dune", "author": "F. Herbert", "description": "a+b&c=d"})),
        ('Multipart/Form-Data; charset=utf-8; boundary="b0undary"', multipart({"title": "Dune", "author": "F. Herbert", "description": "a+b&c=d"})),
        (PARTS, b"preamble\r\n" + multipart({"title": "Dune", "author": "F. Herbert", "description": "a+b&c=d"}) + b"epilogue"),
    ],
)
@bodies
def test_readable(tenant, asker, content_type, body, chunked):
    owner = tenant.subscriber()
    answer = send(owner, content_type, body, chunked=chunked)
    assert answer.status == 201, answer
    check_request(answer.json["book_request"], title="Dune", author="F. Herbert", description="a+b&c=d")


def test_multipart_values_may_look_like_boundaries(asker):
    text = "x--b0undary\r\n--b0undar\r\n-b0undary\r\n\r\n\n--b0undary--\r--b0undary"
    answer = send(asker, PARTS, multipart({"title": unique("Book"), "author": "A", "description": text}))
    assert answer.status == 201, answer
    check_request(answer.json["book_request"], description=text)


@pytest.mark.parametrize(
    "content_type, body",
    [(FORM, b"title=" + value + b"&author=A") for value in (b"%", b"%4", b"a%zzb", b"%%41", b"%u0041", b"%-1")]
    + [(FORM, b"%zz=1&title=T&author=A"), (FORM, b"title=T&author=A&title=T"), (FORM, b"title=T&author=A&t%69tle=U"), (FORM, b"title&title=T&author=A")]
    + [
        (JSON, body)
        for body in (
            b" ", b"{", b"null", b"[]", b'"title"', b"7", b'["title"]', b"{'title':'T','author':'A'}", b'{"title":"T","author":"A"} x', b'{"title":"T","author":"A"}{}',
            b'{"title":"T","author":"A",}', b'{title:"T","author":"A"}', b'{"title":"T","author":"A"', b'{"title":"T" "author":"A"}', b'{"title":"T\n","author":"A"}',
            b'{"title":"\\x","author":"A"}', b'{"title":"T","author":"A","title":"T"}', b'{"title":"T","author":"A","t\\u0069tle":"U"}', b'{"title":"T","author":"A","x":NaN}',
            b'{"title":"T","author":"A","x":Infinity}', b'{"title":"T","author":"A","x":+1}', b'{"title":"T","author":"A","x":01}', b'{"title":"T","author":"A"/**/}',
            b'{"title":"T","author":"A","x":00}', b'{"title":"T","author":"A","x":[-01]}', b'{"title":"T","author":"A","x":1.}', b'{"title":"T","author":"A","x":{"y":1.e5}}',
            b'{"title":"T","author":"A","x":-.5}', b'{"title":"T","author":"A","x":1e+}', b'{"title":"T","author":"A","x":-}', b'\f{"title":"T","author":"A"}', b'{"title":"T","author":\v"A"}',
            b'\xef\xbb\xbf{"title":"T","author":"A"', b'{"title":"T","author":"A"}\0', b'{"title":"T","author":"A","x":tru}', b"title=T&author=A",
        )
    ]  # fmt: skip
    + [
        ("multipart/form-data", multipart({"title": "T", "author": "A"})),
        ("multipart/form-data; boundary=", multipart({"title": "T", "author": "A"})),
        ("multipart/form-data; boundary=other", multipart({"title": "T", "author": "A"})),
        (PARTS, multipart({"title": "T", "author": "A"})[:-4]),
        (PARTS, part(b"title", b"T") + part(b"author", b"A")),
        (PARTS, part(b"title", b"T") + part(b"author", b"A") + b"--b0undary"),
        (PARTS, part(b"title", b"T") + part(b"title", b"T") + part(b"author", b"A") + b"--b0undary--\r\n"),
        (PARTS, part(b"title", b"T") + b"--b0undary\r\nContent-Disposition: form-data; name=\"author\"\r\n"),
        (PARTS, part(b"title", b"T") + b"--b0undary\r\nContent-Disposition: form-data\r\n\r\nA\r\n--b0undary--\r\n"),
        (PARTS, part(b"title", b"T") + b"--b0undary\r\n\r\nA\r\n--b0undary--\r\n"),
    ],
)
@bodies
def test_unreadable(asker, content_type, body, chunked):
    used = asker.quota()["requests_used"]
    check_problem(send(asker, content_type, body, chunked=chunked), 400, "bad_request")
    check_quota(asker.quota(), used=used)


@pytest.mark.parametrize("bad", [b"\xff", b"a\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"\0", b"a\0b"], ids=repr)
@pytest.mark.parametrize("field", ["title", "author"])
def test_bytes_that_are_no_text(asker, bad, field):
    escaped = "".join(f"%{byte:02x}" for byte in bad).encode()
    other = {"title": b"author", "author": b"title"}[field]
    check_problem(send(asker, FORM, field.encode() + b"=" + escaped + b"&" + other + b"=T"), 422, "invalid", field)
    check_problem(send(asker, FORM, field.encode() + b"=" + bad + b"&" + other + b"=T"), 422, "invalid", field)
    check_problem(send(asker, PARTS, multipart([(field, bad), (other.decode(), b"T")])), 422, "invalid", field)


@pytest.mark.parametrize("title", [r'"\ud800"', r'"\udc00x"', r'"\ud800\ud800"', r'"\u0000"', r'"a\u0000b"', "7", "1.5", "true", '["T"]', '{"a":"b"}', "1" + "0" * 400])
def test_json_values_that_are_no_text(asker, title):
    check_problem(send(asker, JSON, '{"title":' + title + ',"author":"A"}'), 422, "invalid", "title")


def test_json_escapes(asker):
    title = unique("Book") + ' \U0001f4da \U0001d800\U0002ddff\U0010ffff "\\/\b\f\n\r\t é'
    for text in (json.dumps(title), json.dumps(title, ensure_ascii=False)):
        answer = send(asker, JSON, '{"title":' + text + ',"author":"A","allow_duplicate":true}')
        assert answer.status == 201, answer
        check_request(answer.json["book_request"], title=title)


@pytest.mark.parametrize("number", ["0", "-0", "0.0", "10", "-12.5", "1e5", "1E+05", "-0.25e-3", "1" + "0" * 400])
def test_json_numbers(asker, number):
    body = '{"title":"' + unique("Book") + '","author":"A","x":[' + number + "," + number + ' ],"y":' + number + "}"
    answer = send(asker, JSON, body)
    assert answer.status == 201, answer


@pytest.mark.parametrize("depth", [40, 1000, 30000])
@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"])
def test_deep_nesting(asker, depth, opening, closing):
    depth = min(depth, LIMIT // (len(opening) + len(closing)) - 20)
    nested = opening * depth + ("1" if closing == "}" else "") + closing * depth
    for body in ('{"title":' + nested + ',"author":"A"}', nested):
        answer = send(asker, JSON, body)
        assert answer.status in (400, 422), answer
        check_problem(answer, answer.status, {400: "bad_request", 422: "invalid"}[answer.status])


@pytest.mark.parametrize("count", [500, 5000])
def test_many_fields(asker, count):
    fields = "&".join(f"f{number}=" for number in range(count))
    answer = send(asker, FORM, f"title={unique('Book')}&author=A&{fields}")
    assert answer.status in (201, 400), answer


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/jsonx", "application/x-www-form-urlencoded-x", "multipart/mixed; boundary=b0undary", "x", "text/json"])  # fmt: skip
@bodies
def test_other_content_types(asker, content_type, chunked):
    check_problem(send(asker, content_type, "title=T&author=A", chunked=chunked), 415, "unsupported_media_type")


def padded(encoding, size):
    """A good body of exactly this many bytes."""
    title = unique("Book")
    head, tail = {
        JSON: (f'{{"title":"{title}","author":"A","padding":"', '"}'),
        FORM: (f"title={title}&author=A&padding=", ""),
        PARTS: (f'--b0undary\r\nContent-Disposition: form-data; name="title"\r\n\r\n{title}\r\n--b0undary\r\nContent-Disposition: form-data; name="author"\r\n\r\nA\r\n'
                '--b0undary\r\nContent-Disposition: form-data; name="padding"\r\n\r\n', "\r\n--b0undary--\r\n"),
    }[encoding]  # fmt: skip
    return head + "x" * (size - len(head) - len(tail)) + tail


@pytest.mark.parametrize("encoding", [FORM, PARTS, JSON], ids=["form", "multipart", "json"])
@bodies
def test_largest_body(asker, encoding, chunked):
    answer = send(asker, encoding, padded(encoding, LIMIT), chunked=chunked)
    assert answer.status == 201, answer
    for size in (LIMIT + 1, LIMIT + 4096, 4 * LIMIT):
        check_problem(send(asker, encoding, padded(encoding, size), chunked=chunked), 413, "too_large")


@bodies
@pytest.mark.parametrize("size", [2**20, 2**20 + 1, 2**24])
def test_enormous_bodies(asker, size, chunked):
    check_problem(send(asker, FORM, b"title=" + b"x" * size, chunked=chunked), 413, "too_large")


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
def test_enormous_log_in(stack, asker, encoding):
    answer = asker.api.post("/api/auth/login", {"username": "x" * LIMIT, "password": "y"}, encoding=encoding)
    check_problem(answer, 413, "too_large")


def test_no_body(asker):
    check_problem(asker.api.request("POST", API + "/"), 422, "invalid", "title", "author")
