"""Login names as they are proposed, and passwords that are guessed at once."""

import pytest

from workflows.passwords import LONGEST_PASSWORD, Passwords, make_start_password
from workflows.policy.login_names import LEAST_PASSWORD, LOGIN, is_easy, login_of


@pytest.mark.parametrize(
    ("name", "unit", "number", "login"),
    [
        ("Lê Thị Mẫu", "thcs-mau", 1, "mault.thcs-mau"),
        ("Lê Thị Mẫu", "thcs-mau", 3, "mault3.thcs-mau"),
        ("Đặng Ánh", "so_mau", 1, "anhd.so-mau"),
        ("Ấn", "SO", 1, "an.so"),
        ("Nguyễn-Lê Văn Ví  Dụ", "x", 1, "dunlvv.x"),
        ("李 明", "thcs-mau", 1, "nguoidung.thcs-mau"),
        ("A" * 120, "thcs-mau", 12, "a" * 69 + "12.thcs-mau"),
    ],
)
def test_login_is_made_of_name_and_unit(name: str, unit: str, number: int, login: str) -> None:
    assert login_of(name, unit, number) == login
    assert LOGIN.fullmatch(login)


@pytest.mark.parametrize("login", ["ab", "-abc", "abc.", "Mẫu", "a b c", "abc\n", "a" * 81, ""])
def test_what_cannot_be_typed_everywhere_is_no_login(login: str) -> None:
    assert not LOGIN.fullmatch(login)


@pytest.mark.parametrize(
    ("password", "easy"),
    [
        ("aaaaaaaaaaaa", True),
        ("121212121212", True),
        ("1234567890", True),
        ("mật khẩu 123", True),
        ("mault.thcs-mau1", True),
        ("lethimau2023", True),
        ("Lê Thị Mẫu ơi", True),
        ("con cò bay lả", False),
        ("kfm7-x2pq-w9dr", False),
    ],
)
def test_names_and_repetitions_are_easy(password: str, easy: bool) -> None:
    assert is_easy(password, "mault.thcs-mau", "Lê Thị Mẫu") is easy


def test_start_passwords_are_good_and_all_different() -> None:
    made = {make_start_password() for _ in range(200)}

    assert len(made) == 200
    assert all(len(one) >= LEAST_PASSWORD and not is_easy(one, "x", "y") for one in made)
    assert not set("01ilo") & set("".join(made))


def test_a_password_is_the_same_from_any_keyboard() -> None:
    passwords = Passwords(time_cost=1, memory_kib=8)
    composed, decomposed = "m\u1eadt kh\u1ea9u d\u00e0i", "ma\u0323\u0302t kha\u0302\u0309u da\u0300i"

    assert passwords.match(passwords.hash(decomposed), composed)
    assert passwords.match(passwords.hash(composed), decomposed)
    assert not passwords.match(passwords.hash(composed), "mat khau dai")
    assert not passwords.match(passwords.hash(composed), "x" * (LONGEST_PASSWORD + 1))
