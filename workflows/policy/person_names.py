"""Vietnamese names and texts: the order of lists of people and of classes, search without marks, initials."""

import re
import unicodedata
from functools import lru_cache

# As wide as the columns that hold the key; longer names tie, which a list can bear.
SORT_KEY_LENGTH = 240
# Wider than any number of a grade or of a class.
NUMBER_LENGTH = 4

# Second letters of the alphabet come right after the plain one: a ă â, d đ, e ê, o ô ơ, u ư.
VARIANTS = {
    ("a", "\u0306"): "a1",
    ("a", "\u0302"): "a2",
    ("d", "\u0335"): "d1",
    ("e", "\u0302"): "e1",
    ("o", "\u0302"): "o1",
    ("o", "\u031b"): "o2",
    ("u", "\u031b"): "u1",
}
# Dictionary order of tones: level, huyền, hỏi, ngã, sắc, nặng.
TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
SHORT_STROKE = "\u0335"


def sort_key(name: str) -> str:
    """Give the text by which names sort as in a class list: given name, then family and middle names.

    Letters compare before tones, word by word. The key is of lower-case letters and digits, so that every
    collation sorts it alike; upper and lower case, NFC and NFD, "Hoà" and "Hòa" give the same key.
    """
    words = [key for key in map(_word_key, re.split(r"[\s\-]+", name)) if key]
    return "".join(words[-1:] + words[:-1])[:SORT_KEY_LENGTH]


def label_key(label: str) -> str:
    """Give the text by which labels sort, word by word as they are written: class 6A before 10A."""
    padded = re.sub(r"[0-9]+", lambda found: found[0].zfill(NUMBER_LENGTH), label)
    return "".join(map(_word_key, re.split(r"[\s\-]+", padded)))[:SORT_KEY_LENGTH]


@lru_cache(maxsize=8192)
def _word_key(word: str) -> str:
    """Encode each letter in two characters, then the word's end and its tone, which sort below any letter."""
    letters: list[str] = []
    tone = "0"
    for character in _decomposed(word):
        if character in TONES:
            tone = TONES[character]
        elif unicodedata.combining(character):
            variant = VARIANTS.get((letters[-1][0], character)) if letters else None
            if variant:
                letters[-1] = variant
        elif character.isascii() and character.isalpha():
            letters.append(f"{character}0")
        elif character.isascii() and character.isdigit():
            letters.append(f"1{character}")
        elif character.isalnum():
            letters.append(f"z9{ord(character):06x}")
    return f"{''.join(letters)}0{tone}" if letters else ""


def fold(text: str) -> str:
    """Give the text in lower case without marks, đ as d and blanks single: what search compares."""
    return " ".join(map(_without_marks, text.split()))


@lru_cache(maxsize=8192)
def _without_marks(word: str) -> str:
    """Fold one word: names are made of few."""
    return "".join(character for character in _decomposed(word) if not unicodedata.combining(character))


def initials(name: str) -> str:
    """Shorten a name for a mail that others may see: "Nguyễn Văn Ấn" gives "N.V.Â."."""
    letters = (
        next((char for char in unicodedata.normalize("NFC", word) if char.isalpha()), "")
        for word in name.split()
    )
    return "".join(f"{_without_tone(letter).upper()}." for letter in letters if letter)


def _without_tone(letter: str) -> str:
    kept = "".join(part for part in unicodedata.normalize("NFD", letter) if part not in TONES)
    return unicodedata.normalize("NFC", kept)


def _decomposed(text: str) -> str:
    """Split letters from their marks, the stroke of đ included, which Unicode keeps whole."""
    return unicodedata.normalize("NFD", text.lower()).replace("đ", f"d{SHORT_STROKE}")
