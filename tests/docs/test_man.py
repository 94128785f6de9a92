"""The man pages: one for each program and the settings file, with the options that the programs have."""

import re

import pytest
from programs import PROGRAMS, ROOT, output

PAGES = {page.name.rsplit(".", 1)[0]: page for page in (ROOT / "man").iterdir() if page.name[-1].isdigit()}


def test_every_program_and_the_settings_file_have_a_page():
    assert set(PAGES) == {*PROGRAMS, "bookreq.conf"}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page_is_named_and_installed(name):
    page = PAGES[name]
    section = page.name[-1]
    assert f".Dt {name.upper()} {section}\n" in page.read_text()
    assert f"\n.Nm {name}\n" in page.read_text()
    assert f"man/{page.name}" in (ROOT / "man/module.am").read_text()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page_refers_to_pages_that_exist(name):
    for other, section in re.findall(r"^\.(?:Pq )?Xr (bookreq\S*) (\d)", PAGES[name].read_text(), re.MULTILINE):
        assert PAGES[other].name == f"{other}.{section}"


@pytest.mark.parametrize("program", [program for program in PROGRAMS if program != "bookreqctl"])
def test_page_has_exactly_the_options(program):
    usage = output(program, "--help").partition("\n\n")[0]
    items = re.findall(r"^\.It Fl -([a-z]+)$", PAGES[program].read_text(), re.MULTILINE)
    assert sorted(items) == sorted(re.findall(r"--([a-z]+)", usage))
