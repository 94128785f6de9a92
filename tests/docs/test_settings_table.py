"""The settings table of lib/conf.c, as --help shows it, against bookreq.conf(5) and the example file, in both directions."""

import os
import re
import subprocess

import pytest
from programs import BUILD, PROGRAMS, ROOT, output, run

LINE = re.compile(r"  (?P<name>[a-z_]+) +(?P<help>.*) \[(?P<default>[^]]*?)(; (?P<min>\d+) to (?P<max>\d+))?\]")
PAGE = ROOT / "man/bookreq.conf.5"
EXAMPLE = ROOT / "conf/bookreq.conf"


def table_of(program):
    lines = output(program, "--help").partition("\nSettings ")[2].splitlines()[1:]
    found = [LINE.fullmatch(line) for line in lines]
    assert found and all(found), lines
    return {setting["name"]: setting.groupdict() for setting in found}


@pytest.fixture(scope="module")
def table():
    return table_of("bookreqctl")


def default_of(setting):
    """The documents name the prefix /usr."""
    return re.sub(r"^/.*(?=/share/bookreq/)", "/usr", setting["default"])


def described():
    """name → text, of the man page's list items."""
    items = re.split(r"^\.It (?=Va )", PAGE.read_text(), flags=re.MULTILINE)[1:]
    texts = [re.split(r"^\.(?:El|It|Ss|Sh)\b", item, flags=re.MULTILINE)[0] for item in items]
    assert all(re.match(r"Va [a-z_]+\n", text) for text in texts)
    named = {text.split("\n", 1)[0][3:]: text for text in texts}
    assert len(named) == len(texts), "a setting is described twice"
    return named


def exemplified():
    """name → (comment above it, value), of the example file."""
    found = re.findall(r"^# (.*)\n#([a-z_]+) =(?: (.*))?$", EXAMPLE.read_text(), re.MULTILINE)
    assert len({name for _, name, _ in found}) == len(found), "a setting stands there twice"
    return {name: (comment, value) for comment, name, value in found}


def test_all_programs_show_the_same_table(table):
    for program in PROGRAMS:
        assert table_of(program) == table, program


def test_man_page_has_exactly_the_settings(table):
    assert set(described()) == set(table)


def test_man_page_has_defaults_and_limits(table):
    page = described()
    for name, setting in table.items():
        default = re.search(r"[Tt]he default is(?: (empty)\.|\n\.Li (\S+) )", page[name])
        assert default, name
        assert (default[2] or "") == default_of(setting), name
        limits = re.search(r"^From (\d+) to (\d+);", page[name], re.MULTILINE)
        assert (limits.groups() if limits else (None, None)) == (setting["min"], setting["max"]), name


def test_example_file_has_exactly_the_settings(table):
    assert set(exemplified()) == set(table)


def test_example_file_has_help_and_defaults(table):
    for name, (comment, value) in exemplified().items():
        assert comment == table[name]["help"], name
        assert value == default_of(table[name]), name


def test_what_clients_are_promised(table):
    promised = {"max_sockets_per_user": "20", "heartbeat_seconds": "60", "ping_seconds": "30", "slow_reader_seconds": "60", "trust_remote_user": "no"}
    assert {name: table[name]["default"] for name in promised} == promised


def load(tmp_path, text):
    """What bookreqctl says of a settings file; the database is asked only where the file is accepted."""
    file = tmp_path / "bookreq.conf"
    file.write_text(text)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BOOKREQ_")}
    environment["BOOKREQ_DATABASE_URL"] = "postgresql:///nothing?host=/nonexistent"
    command = [str(BUILD / "bookreqctl"), "--config", str(file), "migrate"]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=environment)
    assert result.returncode == 1, result
    return result.stderr


def test_example_file_is_accepted_as_it_is_and_uncommented(tmp_path):
    text = EXAMPLE.read_text()
    assert not [line for line in text.splitlines() if line and not line.startswith("#")]
    assert "bookreq.conf:" not in load(tmp_path, text)
    uncommented = re.sub(r"^#(?=[a-z_]+ =)", "", text, flags=re.MULTILINE)
    assert uncommented != text and "bookreq.conf:" not in load(tmp_path, uncommented)
    assert "bookreq.conf:1: there is no setting" in load(tmp_path, "nonsense = 1\n")


@pytest.mark.parametrize("line, takes", [("log_format = xml", "text or json"), ("log_level = loud", "error, warn, info or debug"), ("poll_ms = 1", "from 100 to 60000")])
def test_values_that_are_none(tmp_path, line, takes):
    name, _, value = line.split()
    said = load(tmp_path, f"{line}\n")
    assert f'bookreq.conf:1: setting {name} has the value "{value}", but takes ' in said and takes in said


@pytest.mark.parametrize("program", PROGRAMS)
def test_options(program):
    assert output(program, "--version").startswith("bookreq ")
    assert output(program, "--help").startswith("usage: ")
    result = run(program, "--nonsense")
    assert result.returncode == 2 and result.stdout == "" and f"{program} --help" in result.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_full_disk_is_a_failure(program):
    with open("/dev/full", "w") as full:
        result = subprocess.run([str(BUILD / program), "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert result.returncode == 1 and "standard output cannot be written" in result.stderr
