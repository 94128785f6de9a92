"""The command line itself: no database is needed to refuse it."""

import re
import subprocess

import pytest
from ctl_support import PROGRAM, ROOT, Ctl


@pytest.fixture(scope="module")
def bare():
    """Settings that would fail if they were used."""
    return Ctl(database_url="postgresql:///nothing?host=/nonexistent")


COMMANDS = [
    "migrate",
    "creator add",
    "tier set",
    "user add",
    "user set",
    "user passwd",
    "user activate",
    "user deactivate",
    "user list",
    "user import",
    "team add",
    "team remove",
    "token add",
    "token revoke",
    "tail",
    "doctor",
    "prune",
    "epoch",
]


def test_help_names_every_command_and_setting(bare):
    out = bare.done("--help")
    usages = re.findall(r"^  ([a-z].*)\n {8}", out, re.MULTILINE)
    assert [re.match(r"[a-z]+( [a-z]+)?", usage).group() for usage in usages] == COMMANDS
    for word in ("--config", "--json", "--password-stdin", "database_url", "redis_url", "sql_dir", "app_role"):
        assert word in out, word
    assert bare.done("-h") == out
    assert bare.done("user", "--help") == out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_one_command(bare, command):
    assert bare.done(*command.split(), "--help").startswith(f"usage: bookreqctl [--config FILE] [--json] {command}")


def test_manual_page_has_every_command_and_option(bare):
    page = (ROOT / "man/bookreqctl.1").read_text()
    items = [line for line in page.splitlines() if line.startswith(".It Cm ")]
    for command in COMMANDS:
        described = [line for line in items if f"Cm {command}" in line]
        assert described, command
        for option in re.findall(r"--([a-z-]+)", bare.done(*command.split(), "--help").split(command, 1)[1]):
            assert any(f"Fl -{option}" in line for line in described), (command, option)


def test_version(bare):
    assert bare.done("--version").startswith("bookreq ")


@pytest.mark.parametrize(
    "arguments, reason",
    [
        ([], "no command"),
        (["--json"], "no command"),
        (["frobnicate"], 'unknown command "frobnicate"'),
        (["user"], "user needs one of: add, set, passwd, activate, deactivate, list, import"),
        (["user", "rename"], "user needs one of: add, set, passwd, activate, deactivate, list, import"),
        (["--nonsense"], "unknown option --nonsense"),
        (["-x"], "unknown option -x"),
        (["--" + "x" * 100], "unknown option --" + "x" * 100),
        (["migrate", "--force"], "unknown option --force of migrate"),
        (["user", "activate", "ann", "--tier", "Gold"], "unknown option --tier of user activate"),
        (["migrate", "now"], 'migrate does not take "now"'),
        (["user", "activate"], "user activate needs NAME"),
        (["user", "activate", "ann", "bob"], 'user activate does not take "bob"'),
        (["creator", "add", "ann"], "creator add needs --email"),
        (["creator", "add", "--email", "ann@example.org"], "creator add needs NAME"),
        (["user", "add", "ann"], "user add needs --creator"),
        (["user", "list"], "user list needs --creator"),
        (["user", "passwd", "ann"], "user passwd needs --password-stdin"),
        (["user", "set", "ann"], "user set needs one of --tier, --allowance, --email"),
        (["tier", "set", "Gold", "--creator", "c", "--requests", "1"], "tier set needs --chapters"),
        (["tier", "set", "Gold", "--creator", "c", "--chapters", "1"], "tier set needs --requests"),
        (["user", "add", "ann", "--creator"], "--creator needs a value"),
        (["user", "add", "ann", "--creator", "--email", "e"], "--creator needs a value"),
        (["user", "add", "ann", "--creator", "c", "--creator", "d"], "--creator is given twice"),
        (["user", "passwd", "ann", "--password-stdin=x"], "--password-stdin takes no value"),
        (["--json=yes", "migrate"], "--json takes no value"),
        (["--config"], "--config needs a value"),
        (["--config", "a", "--config", "b", "migrate"], "--config is given twice"),
        (["user", "activate", b"\xff"], "NAME is not UTF-8"),
        (["user", "add", "ann", "--creator", b"\xc0\x80"], "--creator is not UTF-8"),
        ([b"\xff"], "the command is not UTF-8"),
        ([b"--\xff"], "an option is not UTF-8"),
    ],
)
def test_usage_error(bare, arguments, reason):
    assert bare.usage(*arguments) == reason


@pytest.mark.parametrize("value", ["", "-1", "+1", "01", " 1", "1 ", "1.0", "1e3", "0x1", "100001", "99999999999999999999", "ten", "none"])
@pytest.mark.parametrize("option", ["requests", "chapters"])
def test_amount_is_a_whole_number(bare, option, value):
    other = "chapters" if option == "requests" else "requests"
    reason = bare.usage("tier", "set", "Gold", "--creator", "c", f"--{option}={value}", f"--{other}", "1")
    assert reason == f'--{option} takes a whole number from 0 to 100000, not "{value}"'


@pytest.mark.parametrize("value", ["0", "-1", "3651", "x", "none"])
def test_days(bare, value):
    assert bare.usage("token", "add", "ann", f"--days={value}") == f'--days takes a whole number from 1 to 3650, not "{value}"'


@pytest.mark.parametrize("value", ["-1", "100001", "None", ""])
def test_allowance(bare, value):
    reason = f'--allowance takes a whole number from 0 to 100000 or none, not "{value}"'
    assert bare.usage("user", "set", "ann", f"--allowance={value}") == reason


def test_settings_file_is_named(bare, tmp_path):
    assert bare.refused("--config", str(tmp_path / "none.conf"), "migrate").startswith(f"{tmp_path}/none.conf: ")
    wrong = tmp_path / "wrong.conf"
    wrong.write_text("redis_url =\nstatement_ms = soon\n")
    assert bare.refused("migrate", "--config", str(wrong)).startswith(f"{wrong}:2: setting statement_ms ")


def test_variable_is_named(tmp_path):
    ctl = Ctl(log_level="loud")
    assert ctl.refused("migrate").startswith("BOOKREQ_LOG_LEVEL: setting log_level ")


def test_full_disk_under_standard_output_is_a_failure(bare):
    with open("/dev/full", "w") as full:
        result = subprocess.run([PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, env=bare.environment)
    assert result.returncode == 1 and "standard output cannot be written" in result.stderr
