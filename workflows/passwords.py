"""Password hashes (argon2id). Knows no accounts: `commands.administration.accounts` says who may log in."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# A longer one would only cost us time; nobody types it.
LONGEST_PASSWORD = 256


class Passwords:
    """Makes and checks hashes at one cost."""

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19_456) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        # Compared when there is no such account, so that the time of an answer does not tell whether there is.
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Give the hash to store."""
        return self._hasher.hash(password)

    def match(self, stored: str | None, password: str) -> bool:
        """Tell whether the password belongs to the stored hash; without a hash the answer is no, as slowly."""
        if len(password) > LONGEST_PASSWORD:
            return False
        try:
            return self._hasher.verify(stored or self._nobody, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False
