"""user import: the shapes that exports have, what each row does, and bad rows between good ones."""

import json
import os
import pty
import subprocess

import pytest
from ctl_support import PROGRAM, SECONDS, heard

HEADER = "Name,Email,Discord,Patron Status,Tier\n"


@pytest.fixture
def ada(ctl):
    identity = ctl.json("creator", "add", "ada", "--email", "ada@example.org")["id"]
    ctl.done("tier", "set", "Gold", "--creator", "ada", "--requests", "5", "--chapters", "20")
    ctl.done("tier", "set", "Silver, large", "--creator", "ada", "--requests", "2", "--chapters", "3")
    return identity


@pytest.fixture
def load(ctl, ada, tmp_path):
    """Imports a text or bytes: (exit code, the answer, standard error)."""

    def run(content, *options, creator="ada"):
        path = tmp_path / "members.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        result = ctl.run("--json", "user", "import", "--creator", creator, str(path), *options)
        return result.code, json.loads(result.out) if result.out else None, result.err

    return run


def users(ctl, creator="ada"):
    return {user["username"]: user for user in ctl.json("user", "list", "--creator", creator)["users"]}


def counts(added=0, moved=0, activated=0, deactivated=0, errors=()):
    return {"added": added, "moved": moved, "activated": activated, "deactivated": deactivated, "errors": list(errors)}


def test_adds_moves_and_deactivates(ctl, load):
    first = HEADER + "Ben,ben@example.org,,Active patron,Gold\nEve,eve@example.org,eve#1,Active patron,\n"
    assert load(first)[:2] == (0, counts(added=2))
    ben, eve = users(ctl)["Ben"], users(ctl)["Eve"]
    assert ben["tier"]["title"] == "Gold" and ben["email"] == "ben@example.org" and ben["is_active"]
    assert eve["tier"] is None and not eve["is_team"] and not eve["is_creator"]

    assert load(first)[:2] == (0, counts())

    second = HEADER + 'Benjamin,BEN@example.org,,Former patron,\nEve,eve@example.org,,Declined patron,"Silver, large"\n'
    assert load(second)[:2] == (0, counts(moved=2, deactivated=1))
    ben = users(ctl)["Ben"]
    assert not ben["is_active"] and ben["tier"] is None
    assert users(ctl)["Eve"]["tier"]["title"] == "Silver, large" and users(ctl)["Eve"]["is_active"]

    assert load(HEADER + "Ben,ben@example.org,,,Gold\n")[:2] == (0, counts(moved=1))
    assert not users(ctl)["Ben"]["is_active"]
    assert load(HEADER + "Ben,ben@example.org,,active PATRON,Gold\n")[:2] == (0, counts(activated=1))
    assert users(ctl)["Ben"]["is_active"]


def test_former_patron_who_was_never_here(ctl, load):
    assert load(HEADER + "Ben,ben@example.org,,Former patron,Gold\n")[:2] == (0, counts(added=1, deactivated=1))
    assert not users(ctl)["Ben"]["is_active"]


def test_imported_user_has_no_password_and_may_be_given_one(ctl, load):
    load(HEADER + "Ben,ben@example.org,,Active patron,Gold\n")
    ctl.done("user", "passwd", "Ben", "--password-stdin", stdin="correct horse battery")


def test_taken_names_get_numbers(ctl, load):
    ctl.done("creator", "add", "carl", "--email", "carl@example.org")
    ctl.done("user", "add", "BEN", "--creator", "carl")
    rows = "".join(f"Ben,ben{n}@example.org,,Active patron,Gold\n" for n in range(3)) + f"{'x' * 200},x1@example.org,,,\n" + f"{'x' * 200},x2@example.org,,,\n"
    assert load(HEADER + rows)[:2] == (0, counts(added=5))
    assert {"Ben (2)", "Ben (3)", "Ben (4)", "x" * 200, "x" * 190 + " (2)"} <= set(users(ctl))
    assert users(ctl)["Ben (3)"]["email"] == "ben1@example.org"


def test_email_is_the_key_within_the_creator(ctl, load):
    ctl.done("creator", "add", "carl", "--email", "carl@example.org")
    ctl.done("user", "add", "other", "--creator", "carl", "--email", "ben@example.org")
    assert load(HEADER + "Ben,ben@example.org,,Former patron,\n")[1]["added"] == 1
    assert users(ctl, "carl")["other"]["is_active"]


def test_same_person_twice(ctl, load):
    rows = "Ben,ben@example.org,,Active patron,Gold\nBen again,Ben@Example.org,,Active patron,\"Silver, large\"\n"
    assert load(HEADER + rows)[:2] == (0, counts(added=1, moved=1))
    assert set(users(ctl)) == {"ada", "Ben"}


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfName,Email,Patron Status,Tier\r\n\"Bj\xc3\xb6rn \"\"B\"\"\",b@example.org,Active patron,\"Silver, large\"\r\n",
        b"Tier,patron status,EMAIL, Name \n\"Silver, large\",Active patron,  b@example.org ,  Bj\xc3\xb6rn \"B\"  \n",
        b"Name,Email,Notes,Patron Status,Tier\n\"Bj\xc3\xb6rn \"\"B\"\"\",b@example.org,\"two\nlines, and\r\nmore\",Active patron,\"Silver, large\"",
    ],
    ids=["BOM and CRLF", "order and space", "newlines in quotes, no last newline"],
)
def test_shapes_of_files(ctl, load, content):
    assert load(content)[:2] == (0, counts(added=1))
    user = users(ctl)['Björn "B"']
    assert user["email"] == "b@example.org" and user["tier"]["title"] == "Silver, large"


def test_header_alone(load):
    assert load(HEADER)[:2] == (0, counts())


@pytest.mark.parametrize(
    "row, message",
    [
        ("Bad,bad@example.org,,Active patron,Platinum", "tier “Platinum”"),
        ("Bad,,,Active patron,Gold", "Email is empty"),
        (",bad@example.org,,Active patron,Gold", "Name is empty"),
        ("Bad,not an address,,Active patron,Gold", "not an address"),
        (f"{'x' * 201},bad@example.org,,Active patron,Gold", "user name"),
        ("Bad\x01,bad@example.org,,Active patron,Gold", "user name"),
        ("Bad,bad@example.org", "fewer fields"),
        ('"Bad"x,bad@example.org,,Active patron,Gold', "closing quote"),
        (b"Bad\xff,bad@example.org,,Active patron,Gold", "not UTF-8"),
        (b"Bad\x00,bad@example.org,,Active patron,Gold", "not text"),
        ("Ada,ada@example.org,,Former patron,", "creator"),
    ],
)
def test_bad_row_is_named_and_the_rest_goes_on(ctl, load, row, message):
    row = row if isinstance(row, bytes) else row.encode()
    before = "One,one@example.org,\"a\nb\",Active patron,Gold\n"
    content = (HEADER + before).encode() + row + b"\nTwo,two@example.org,,Active patron,Gold\n"
    code, answer, err = load(content)
    assert code == 1 and answer["added"] == 2 and answer["deactivated"] == 0, answer
    (error,) = answer["errors"]
    assert error["line"] == 4 and message in error["message"], error
    assert f"bookreqctl: line 4: {error['message']}\n" in err
    assert set(users(ctl)) == {"ada", "One", "Two"} and users(ctl)["ada"]["is_active"]


def test_open_quote_takes_the_rest_of_the_file(ctl, load):
    code, answer, _ = load(HEADER + 'One,one@example.org,,,\n"Two,two@example.org,,,\nThree,three@example.org,,,\n')
    assert (code, answer) == (1, counts(added=1, errors=[{"line": 3, "message": "a quote is not closed"}]))


@pytest.mark.parametrize("content, reason", [("", "the file is empty"), ("Name,Email,Tier\n", '"Patron Status"'), ("a;b\n", '"Name"'), ("\x00", "not text")])
def test_no_header(ctl, load, content, reason):
    code, answer, err = load(content)
    assert code == 1 and answer is None and reason in err


def test_no_file_and_no_creator(ctl, ada, load, tmp_path):
    assert ctl.refused("user", "import", "--creator", "ada", "/nonexistent.csv") == "/nonexistent.csv cannot be read: No such file or directory"
    assert ctl.refused("user", "import", "--creator", "ada", str(tmp_path)) == "the file cannot be read: Is a directory"
    code, answer, err = load(HEADER + "Ben,ben@example.org,,,\n", creator="nobody")
    assert code == 1 and answer is None and "nobody" in err


def test_dry_run_says_what_would_change_and_changes_nothing(ctl, ada, load, redis_server, database, tmp_path):
    prefix = f"prefix-{database}"
    ctl.set(redis_url=redis_server.url, redis_prefix=prefix)
    load(HEADER + "Ben,ben@example.org,,,Gold\n")
    listener = redis_server.listen(f"{prefix}:*")
    content = HEADER + "Ben,ben@example.org,,Former patron,\nEve,eve@example.org,,,Gold\nBad,bad@example.org,,,Platinum\n"
    code, answer, _ = load(content, "--dry-run")
    assert code == 1 and {**answer, "errors": len(answer["errors"])} == {**counts(added=1, moved=1, deactivated=1), "errors": 1}
    assert set(users(ctl)) == {"ada", "Ben"} and users(ctl)["Ben"]["is_active"] and users(ctl)["Ben"]["tier"]
    result = ctl.run("user", "import", "--creator", "ada", str(tmp_path / "members.csv"), "--dry-run")
    assert result.out.splitlines() == ["line 2: ben@example.org: moved, deactivated", "line 3: eve@example.org: added"]
    ben = users(ctl)["Ben"]["id"]
    ctl.done("user", "passwd", "Ben", "--password-stdin", stdin="correct horse battery")
    assert heard(listener)[0] == f"{prefix}:{{{ada}}}:user:{ben}"
    assert listener.get_message(timeout=0) is None


def test_dry_run_keeps_nobody_waiting(ctl, ada, load, postgres, database, tmp_path):
    """The file goes on, but the creator's requests need the row that changes of tiers hold, and log-ins their user's."""
    load(HEADER + "Ben,ben@example.org,,,Gold\n")
    path = tmp_path / "slow.csv"
    os.mkfifo(path)
    dry = ctl.start("user", "import", "--creator", "ada", str(path), "--dry-run", stdin=subprocess.DEVNULL)
    try:
        with open(path, "w") as file:
            rows = [f"M {n},m{n}@example.org,,,Gold\n" for n in range(197)]
            file.write(HEADER + "Ben,ben@example.org,,Former patron,\n" + "".join(rows) + "Bad,bad@example.org,,,Platinum\n" * 2)
            file.flush()
            assert b"Platinum" in dry.stderr.readline(), "a batch is done"
            assert postgres.query(database, "SELECT FROM bookreq.audiences WHERE creator_id = %s AND user_id = 0 FOR UPDATE NOWAIT", ada)
            assert postgres.query(database, "SELECT FROM bookreq.users WHERE email = 'ben@example.org' FOR UPDATE NOWAIT")
        _, err = dry.communicate(timeout=SECONDS)
    finally:
        dry.kill()
        dry.wait()
    assert err.decode().splitlines()[-1] == "bookreqctl: would be: 197 added, 1 moved, 0 activated, 1 deactivated, 2 bad rows"
    assert set(users(ctl)) == {"ada", "Ben"}


@pytest.mark.parametrize("row, message", [("Former patron,Gold", "1 check "), (",", "1 state ")], ids=["deactivated", "moved"])
def test_open_sockets_are_told(ctl, ada, load, redis_server, database, row, message):
    prefix = f"prefix-{database}"
    load(HEADER + "Ben,ben@example.org,,,Gold\nEve,eve@example.org,,,Gold\n")
    ctl.set(redis_url=redis_server.url, redis_prefix=prefix)
    listener = redis_server.listen(f"{prefix}:*")
    load(HEADER + "Eve,eve@example.org,,,Gold\nBen,ben@example.org,," + row + "\n")
    channel, told = heard(listener)
    assert channel == f"{prefix}:{{{ada}}}:user:{users(ctl)['Ben']['id']}" and told.startswith(message)


def test_ten_thousand_rows(ctl, load):
    rows = "".join(f"Member {n % 5000},m{n}@example.org,,Active patron,{'Gold' if n % 2 else ''}\n" for n in range(10000))
    assert load(HEADER + rows)[:2] == (0, counts(added=10000))
    assert len(users(ctl)) == 10001
    assert load(HEADER + rows)[:2] == (0, counts())


def test_bar_on_a_terminal(ctl, ada, tmp_path):
    path = tmp_path / "members.csv"
    path.write_text(HEADER + "Ben,ben@example.org,,,\n" + "Bad,bad@example.org,,,Platinum\n")
    ours, theirs = pty.openpty()
    process = subprocess.Popen([PROGRAM, "user", "import", "--creator", "ada", path], env=ctl.environment, stderr=theirs, stdout=subprocess.PIPE)
    os.close(theirs)
    out, _ = process.communicate(timeout=SECONDS)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert process.returncode == 1 and out == b""
    assert f"[{'#' * 40}] 2 rows" in shown and "\r\x1b[Kbookreqctl: line 3: " in shown
