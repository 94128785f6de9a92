"""Failed log-ins: 10 for one account from one address, or 100 from one address, in 15 minutes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.checks import check_problem
from support.http import Client, own_address
from support.parallel import at_once
from support.people import Tenant, unique

PASSWORD = "the right password"


@pytest.fixture(scope="module")
def tenant(stack):
    return Tenant(stack)


@pytest.fixture
def user(tenant):
    return tenant.subscriber(password=PASSWORD)


class Address:
    """An address that somebody logs in from."""

    def __init__(self, stack, **headers):
        self.source = own_address()
        self.client = Client(stack, source=self.source, headers={"Sec-Fetch-Site": "same-origin", **headers})

    def log_in(self, name, password=PASSWORD):
        return self.client.post("/api/auth/login", {"username": name, "password": password})

    def fail(self, name, times=1):
        for _ in range(times):
            check_problem(self.log_in(name, "wrong"), 401, "invalid_credentials")


def throttled(answer):
    check_problem(answer, 429, "too_many_attempts")
    assert 1 <= int(answer.headers["Retry-After"]) <= 900


@pytest.fixture
def address(stack):
    return Address(stack)


def test_an_account_at_an_address(stack, tenant, user, address):
    address.fail(user.name, 10)
    throttled(address.log_in(user.name, "wrong"))
    throttled(address.log_in(user.name))
    throttled(address.log_in(user.email))
    assert Address(stack).log_in(user.name).status == 200, "another address"
    assert address.log_in(tenant.subscriber(password=PASSWORD).name).status == 200, "another account"
    throttled(address.log_in(user.name))


def test_name_and_email_are_one_account(user, address):
    address.fail(user.name, 5)
    address.fail(user.email, 5)
    throttled(address.log_in(user.name))


def test_success_resets_the_account(user, address):
    for _ in range(2):
        address.fail(user.name, 9)
        assert address.log_in(user.name).status == 200
    address.fail(user.name, 10)
    throttled(address.log_in(user.name))


def test_unknown_names_are_accounts_too(address):
    name = unique("nobody")
    address.fail(name, 10)
    throttled(address.log_in(name))


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"])
def test_a_claimed_address_is_not_believed(user, address, header):
    for number in range(10):
        address.client.headers[header] = f"for=10.0.0.{number}" if header == "Forwarded" else f"10.0.0.{number}"
        address.fail(user.name)
    address.client.headers[header] = "10.9.9.9"
    throttled(address.log_in(user.name))


def test_parallel_guesses(user, address):
    answers = at_once(16, lambda number: address.log_in(user.name, f"guess {number}"))
    assert sorted(answer.status for answer in answers) == [401] * 10 + [429] * 6, answers


def test_an_address(stack, user, address):
    names = [unique("nobody") for _ in range(99)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(address.fail, names))
    assert address.log_in(user.name).status == 200, "99 failures are not 100"
    address.fail(user.name)
    throttled(address.log_in(user.name))
    throttled(address.log_in(unique("nobody")))
    assert Address(stack).log_in(user.name).status == 200


def test_wrong_current_passwords_count(user, address):
    session = Client(user.stack, cookie=user.login(), source=address.source, headers={"Sec-Fetch-Site": "same-origin"})
    fields = {"current_password": "wrong", "new_password": "x" * 10}
    for _ in range(5):
        check_problem(session.post("/api/auth/password", fields), 401, "invalid_credentials")
    address.fail(user.name, 5)
    throttled(session.post("/api/auth/password", fields))
    throttled(session.post("/api/auth/password", {**fields, "current_password": PASSWORD}))
    throttled(address.log_in(user.name))
    assert session.get("/api/auth/me").status == 200, "the session itself is not throttled"


def test_bad_fields_are_no_attempt(user, address):
    for _ in range(12):
        check_problem(address.log_in(user.name, ""), 422, "invalid", "password")
    assert address.log_in(user.name).status == 200
