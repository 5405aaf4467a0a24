"""Login names as schools write them, and which passwords are too easy to guess."""

import re

from workflows.policy.person_names import fold

LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{1,78}[a-z0-9])")
LONGEST_LOGIN = 80
LEAST_PASSWORD = 10
# "aaaaaaaaaa" and "1212121212" are long enough and guessed at once.
LEAST_DIFFERENT = 5
# What many people take when ten characters are asked for.
COMMON = frozenset({"1234567890", "0123456789", "qwertyuiop", "matkhau123", "password123", "matkhau1234"})


def login_of(full_name: str, unit_code: str, number: int = 1) -> str:
    """Propose a login name: "Lê Thị Mẫu" of thcs-mau gives "mault.thcs-mau", the second one "mault2.thcs-mau"."""
    words = re.findall(r"[a-z0-9]+", fold(full_name))
    stem = words[-1] + "".join(word[0] for word in words[:-1]) if words else "nguoidung"
    unit = "-".join(re.findall(r"[a-z0-9]+", fold(unit_code)))
    tail = (str(number) if number > 1 else "") + (f".{unit}" if unit else "")
    return stem[: LONGEST_LOGIN - len(tail)] + tail


def is_easy(password: str, *names: str) -> bool:
    """Tell whether a password is guessed soon: few different signs, a common one, or a name of the person in it."""
    folded = fold(password)
    if len(set(folded)) < LEAST_DIFFERENT or folded.replace(" ", "") in COMMON:
        return True
    parts = (part for name in names for part in (fold(name), fold(name).replace(" ", "")))
    return any(len(part) > 2 and part in folded for part in parts)
