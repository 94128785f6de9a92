"""creator, tier, user and team: each bare, with --json, and each refusal."""

import pytest

PASSWORD = "correct horse battery"
USER_KEYS = {"id", "username", "email", "is_creator", "is_team", "created_by", "tier", "is_active", "allowance"}


@pytest.fixture
def ada(ctl):
    """A creator's id, with the tiers Gold and Silver."""
    identity = ctl.json("creator", "add", "ada", "--email", "ada@example.org")["id"]
    ctl.done("tier", "set", "Gold", "--creator", "ada", "--requests", "5", "--chapters", "20")
    ctl.done("tier", "set", "Silver", "--creator", "ada", "--requests", "2", "--chapters", "3")
    return identity


@pytest.fixture
def ben(ctl, ada):
    """A subscriber's id."""
    return ctl.json("user", "add", "ben", "--creator", "ada", "--tier", "Gold", "--email", "ben@example.org")["id"]


@pytest.fixture
def carl(ctl):
    """The id of another creator, whose user dora is."""
    identity = ctl.json("creator", "add", "carl", "--email", "carl@example.org")["id"]
    ctl.done("tier", "set", "Bronze", "--creator", "carl", "--requests", "1", "--chapters", "1")
    ctl.done("user", "add", "dora", "--creator", "carl")
    return identity


def users(ctl, creator="ada"):
    listed = ctl.json("user", "list", "--creator", creator)["users"]
    assert all(set(user) == USER_KEYS for user in listed), listed
    return {user["username"]: user for user in listed}


def test_creator_add_prints_the_id(ctl):
    out = ctl.done("creator", "add", "ada", "--email", "ada@example.org")
    assert out.strip().isdigit() and out.endswith("\n")
    ada = users(ctl)["ada"]
    assert ada["id"] == int(out) and ada["is_creator"] and not ada["is_team"] and ada["is_active"]
    assert ada["email"] == "ada@example.org" and ada["created_by"] is None and ada["tier"] is None and ada["allowance"] is None
    assert set(ctl.json("creator", "add", "carl", "--email", "carl@example.org")) == {"id"}


@pytest.mark.parametrize("name", ["ada", "ADA"])
def test_name_is_taken(ctl, ada, name):
    assert "taken" in ctl.refused("creator", "add", name, "--email", "other@example.org")
    assert "taken" in ctl.refused("user", "add", name, "--creator", "ada")
    assert len(users(ctl)) == 1


def test_email_is_taken_within_the_creator(ctl, ben, carl):
    assert "BEN@example.org" in ctl.refused("user", "add", "eve", "--creator", "ada", "--email", "BEN@example.org")
    assert "ada@example.org" in ctl.refused("user", "set", "ben", "--email", "ada@example.org")
    ctl.done("user", "add", "eve", "--creator", "carl", "--email", "ben@example.org")
    assert "eve" not in users(ctl) and users(ctl)["ben"]["email"] == "ben@example.org"


@pytest.mark.parametrize("name", ["", "  ", " eve", "eve ", "x" * 201, "a\nb"])
def test_bad_name(ctl, ada, name):
    assert ctl.refused("user", "add", name, "--creator", "ada")
    assert ctl.refused("creator", "add", name, "--email", "x@example.org")
    assert list(users(ctl)) == ["ada"]


@pytest.mark.parametrize("email", ["", "x", "nobody", "a b@example.org", "a@b\n", "x" * 310 + "@example.org"])
def test_bad_email(ctl, ben, email):
    assert ctl.refused("creator", "add", "eve", f"--email={email}")
    assert ctl.refused("user", "add", "eve", "--creator", "ada", f"--email={email}")
    if email:
        assert ctl.refused("user", "set", "ben", f"--email={email}")
    assert set(users(ctl)) == {"ada", "ben"} and users(ctl)["ben"]["email"] == "ben@example.org"


def test_name_may_be_any_text(ctl, ada):
    name = "Zoë 'O\"Brien' {☃} \\ 100%"
    identity = ctl.json("user", "add", name, "--creator", "ada")["id"]
    assert users(ctl)[name]["id"] == identity
    dashed = ctl.json("user", "add", "--creator", "ada", "--", "--dashed")["id"]
    assert users(ctl)["--dashed"]["id"] == dashed


def test_tier_is_created_and_changed(ctl, ada):
    made = ctl.json("tier", "set", "Basic", "--creator", "ada", "--requests", "1", "--chapters", "2")
    assert set(made) >= {"id"}
    assert ctl.done("tier", "set", "Basic", "--creator", str(ada), "--requests", "100000", "--chapters", "0") == f"{made['id']}\n"
    assert ctl.refused("tier", "set", " ", "--creator", "ada", "--requests", "1", "--chapters", "2")
    assert ctl.refused("tier", "set", "x" * 201, "--creator", "ada", "--requests", "1", "--chapters", "2")


@pytest.mark.parametrize("creator", ["nobody", "ben", "999999999", "99999999999999999999", "", "-1"])
def test_unknown_creator(ctl, ben, creator):
    option = f"--creator={creator}"
    assert ctl.refused("tier", "set", "Basic", option, "--requests", "1", "--chapters", "2")
    assert ctl.refused("user", "add", "eve", option)
    assert ctl.refused("user", "list", option)
    assert ctl.refused("team", "add", "ben", option)
    assert ctl.refused("team", "remove", "ben", option)
    assert sorted(users(ctl)) == ["ada", "ben"]


def test_user_add(ctl, ada):
    out = ctl.done("user", "add", "ben", "--creator", "ada", "--tier", "Gold", "--email", "ben@example.org")
    ben = users(ctl)["ben"]
    assert ben["id"] == int(out) and ben["created_by"] == ada and ben["tier"]["title"] == "Gold" and ben["email"] == "ben@example.org"
    assert not ben["is_creator"] and not ben["is_team"] and ben["is_active"] and ben["allowance"] is None
    assert set(ctl.json("user", "add", "eve", "--creator", str(ada))) == {"id"}
    assert users(ctl)["eve"]["tier"] is None and users(ctl)["eve"]["email"] is None


def test_tier_of_another_creator_is_unknown(ctl, ben, carl):
    assert ctl.refused("user", "add", "eve", "--creator", "ada", "--tier", "Bronze")
    assert ctl.refused("user", "set", "ben", "--tier", "Bronze")
    assert users(ctl)["ben"]["tier"]["title"] == "Gold" and "eve" not in users(ctl)


def test_user_set_changes_only_what_is_given(ctl, ben):
    assert ctl.done("user", "set", "ben", "--tier", "Silver") == ""
    assert users(ctl)["ben"]["tier"]["title"] == "Silver"
    ctl.done("user", "set", "BEN", "--allowance", "0")
    assert users(ctl)["ben"]["allowance"] == 0
    ctl.done("user", "set", "ben", "--email", "new@example.org")
    ben = users(ctl)["ben"]
    assert (ben["tier"]["title"], ben["allowance"], ben["email"]) == ("Silver", 0, "new@example.org")
    ctl.json("user", "set", "ben", "--allowance", "none", "--tier=", "--email=")
    ben = users(ctl)["ben"]
    assert (ben["tier"], ben["allowance"], ben["email"]) == (None, None, None)


@pytest.mark.parametrize(
    "arguments",
    [
        ["user", "set", "nobody", "--allowance", "1"],
        ["user", "activate", "nobody"],
        ["user", "deactivate", "nobody"],
        ["team", "add", "--creator", "ada", "nobody"],
        ["team", "remove", "--creator", "ada", "nobody"],
        ["token", "add", "nobody"],
        ["token", "revoke", "nobody"],
    ],
)
def test_unknown_user(ctl, ben, arguments):
    assert ctl.refused(*arguments)


def test_unknown_user_has_no_password(ctl):
    assert ctl.refused("user", "passwd", "nobody", "--password-stdin", stdin=PASSWORD)


def stored(postgres, database, name):
    return postgres.query(database, "SELECT password_hash FROM bookreq.users WHERE username = %s", name)[0][0]


def test_password_is_stored_as_argon2id(ctl, postgres, database, ada):
    ctl.done("creator", "add", "carl", "--email", "c@example.org", "--password-stdin", stdin=PASSWORD)
    ctl.done("user", "add", "ben", "--creator", "ada", "--password-stdin", stdin=PASSWORD + "\nsecond line\n")
    ctl.done("user", "add", "eve", "--creator", "ada", stdin=PASSWORD)
    assert stored(postgres, database, "carl").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert stored(postgres, database, "ben").startswith("$argon2id$")
    assert stored(postgres, database, "ben") != stored(postgres, database, "carl")
    assert stored(postgres, database, "eve") is None
    others = [stored(postgres, database, name) for name in ("ada", "ben", "carl")]
    assert ctl.done("user", "passwd", "eve", "--password-stdin", stdin=PASSWORD) == ""
    assert stored(postgres, database, "eve").startswith("$argon2id$")
    assert [stored(postgres, database, name) for name in ("ada", "ben", "carl")] == others


@pytest.mark.parametrize("password", ["x" * 10, " " * 10, "é" * 256, "𝄞" * 256, "tab\tand \x01 more", "ends in return\r"])
def test_acceptable_password(ctl, ben, password):
    ctl.done("user", "passwd", "ben", "--password-stdin", stdin=password + "\n")


@pytest.mark.parametrize(
    "password, reason",
    [
        ("", "standard input holds no password"),
        ("\nsecond line is none", "standard input holds no password"),
        ("x" * 9, "the password must have 10 to 256 characters"),
        ("𝄞" * 9, "the password must have 10 to 256 characters"),
        ("é" * 257, "the password must have 10 to 256 characters"),
        ("x" * 1025, "the password must have 10 to 256 characters"),
        (b"\xff" * 12, "the password is not UTF-8 text"),
        (b"long enough\0", "the password is not UTF-8 text"),
    ],
)
def test_bad_password_changes_nothing(ctl, postgres, database, ben, password, reason):
    password = password if isinstance(password, bytes) else password.encode()
    assert ctl.refused("user", "passwd", "ben", "--password-stdin", stdin=password) == reason
    assert ctl.refused("user", "add", "eve", "--creator", "ada", "--password-stdin", stdin=password) == reason
    assert ctl.refused("creator", "add", "eve", "--email", "e@example.org", "--password-stdin", stdin=password) == reason
    assert stored(postgres, database, "ben") is None and "eve" not in users(ctl)


def test_new_password_ends_log_ins_and_keeps_tokens(ctl, postgres, database, ada, ben):
    ctl.done("token", "add", "ben")
    postgres.execute(
        database,
        "INSERT INTO bookreq.sessions (creator_id, token_hash, user_id, kind, expires_at)"
        f" VALUES ({ada}, decode(repeat('ab', 32), 'hex'), {ben}, 'login', now() + interval '1 hour')",
    )
    ctl.done("user", "passwd", "ben", "--password-stdin", stdin=PASSWORD)
    assert postgres.query(database, "SELECT kind FROM bookreq.sessions WHERE user_id = %s", ben) == [("token",)]


def test_deactivate_and_activate(ctl, ben):
    assert ctl.done("user", "deactivate", "ben") == ""
    assert not users(ctl)["ben"]["is_active"]
    ctl.json("user", "deactivate", "ben")
    assert ctl.done("user", "activate", "ben") == ""
    assert users(ctl)["ben"]["is_active"]
    ctl.json("user", "activate", "ben")


def test_team(ctl, ben):
    assert ctl.done("team", "add", "--creator", "ada", "ben") == ""
    ctl.json("team", "add", "--creator", "ada", "ben")
    member = users(ctl)["ben"]
    assert member["is_team"] and not member["is_creator"] and member["tier"]["title"] == "Gold"
    assert ctl.done("team", "remove", "--creator", "ada", "ben") == ""
    assert not users(ctl)["ben"]["is_team"]


def test_team_is_of_the_creator_only(ctl, ada, ben, carl):
    assert ctl.refused("team", "add", "--creator", "ada", "dora")
    assert ctl.refused("team", "add", "--creator", "ada", "ada")
    assert ctl.refused("team", "remove", "--creator", "ada", "ada")
    ctl.done("team", "add", "--creator", "carl", "dora")
    assert ctl.refused("team", "remove", "--creator", "ada", "dora")
    assert users(ctl, "carl")["dora"]["is_team"] and users(ctl)["ada"]["is_creator"]


def test_list_for_people(ctl, ada, ben, carl):
    ctl.done("user", "set", "ben", "--allowance", "7")
    ctl.done("user", "add", "eve", "--creator", "ada")
    ctl.done("user", "deactivate", "eve")
    lines = [line.split("\t") for line in ctl.done("user", "list", "--creator", "ADA").splitlines()]
    assert lines[0] == [str(ada), "ada", "creator", "-", "-", "active", "ada@example.org"]
    assert sorted(line[1:] for line in lines[1:]) == [
        ["ben", "subscriber", "Gold", "7", "active", "ben@example.org"],
        ["eve", "subscriber", "-", "-", "inactive", "-"],
    ]


def test_list_is_of_one_creator(ctl, ben, carl):
    assert set(users(ctl)) == {"ada", "ben"}
    assert set(users(ctl, str(carl))) == {"carl", "dora"}
