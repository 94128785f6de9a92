"""What cannot work says so in one line, at once, and leaves nothing running."""

import socket

import pytest
from support.stack import free_port


@pytest.mark.parametrize("arguments, stream", [((), "stderr"), (("unknown",), "stderr"), (("--help",), "stdout")])
def test_usage(dev, arguments, stream):
    result = dev.run(*arguments)
    assert result.returncode == (0 if stream == "stdout" else 2)
    for command in ("run", "up", "down", "status", "logs", "ctl", "test"):
        assert f"\n  {command}" in getattr(result, stream)


@pytest.mark.parametrize("command", ["run", "up", "down", "status", "test"])
def test_arguments_that_nobody_reads(dev, command):
    assert f"{command} takes no arguments" in dev.refused(command, "extra")


def test_only_test_knows_all(dev):
    assert "takes no arguments" in dev.refused("up", "--all")
    assert "test takes no arguments but --all" in dev.refused("test", "--all", "extra")


@pytest.mark.parametrize("name, value", [("PORT", "0"), ("PORT", "65536"), ("PORT", "80x"), ("PORT", "-1"), ("PORT", "010"), ("WORKERS", "0"), ("WORKERS", "many")])
def test_own_settings(make_dev, name, value):
    line = make_dev(**{f"BOOKREQ_{name}": value}).refused("up")
    assert f'BOOKREQ_{name} is "{value}"' in line and "whole number" in line


def test_a_web_server_that_it_does_not_know(make_dev):
    line = make_dev(BOOKREQ_SERVER="lighttpd").refused("up")
    assert 'BOOKREQ_SERVER is "lighttpd"' in line and "apache" in line


def test_a_programs_setting(make_dev):
    line = make_dev(BOOKREQ_MAX_SOCKETS_PER_USER="plenty").refused("up")
    assert "BOOKREQ_MAX_SOCKETS_PER_USER" in line and "plenty" in line


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize("command", ["up", "run"])
def test_port_in_use(dev, address, command):
    with socket.socket() as other:
        other.bind((address, dev.port))
        other.listen()
        assert f"port {dev.port} is in use" in dev.refused(command)


def test_unreachable_database(make_dev):
    line = make_dev(BOOKREQ_DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/none").refused("up")
    assert "database" in line


def test_no_stack(dev):
    result = dev.run("status")
    assert result.returncode == 1 and result.stdout.startswith("Not running")
    assert "no stack is running" in dev.refused("ctl", "doctor")
    assert "no logs" in dev.refused("logs")
    assert dev.done("down") == ""
    assert not dev.var.exists()
