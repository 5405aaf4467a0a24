"""Password hashes (argon2id). Knows no accounts: `commands.administration.accounts` says who may log in."""

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# A longer one would only cost us time; nobody types it.
LONGEST_PASSWORD = 256
# Read from paper and typed on a phone: no signs that look alike, no capitals.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 3, 4


def make_start_password() -> str:
    """Make a password that somebody gets on paper and replaces at the first login: "kfm7-x2pq-w9dr" (59 bits)."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _typed(password: str) -> str:
    # Marks of Vietnamese letters arrive composed from one keyboard and decomposed from another.
    return unicodedata.normalize("NFC", password)


class Passwords:
    """Makes and checks hashes at one cost."""

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19_456) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        # Compared when there is no such account, so that the time of an answer does not tell whether there is.
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Give the hash to store."""
        return self._hasher.hash(_typed(password))

    def match(self, stored: str | None, password: str) -> bool:
        """Tell whether the password belongs to the stored hash; without a hash the answer is no, as slowly."""
        if len(password) > LONGEST_PASSWORD:
            return False
        try:
            return self._hasher.verify(stored or self._nobody, _typed(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False
