"""Words of a text, folded as the triggers of a migration pass them to the full-text indexes."""

import re
from collections.abc import Iterator

from django.db import models

from cleanings.constraints import MOST_CHARACTERS
from core.text import fold, split_words

# Scripts without blanks between words.
UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]+)"
)


def city_key(city: str) -> str:
    return (" ".join(split_words(city)) or fold(city))[: MOST_CHARACTERS["city"]]


def words_in(text: str) -> list[str]:
    """In scripts without blanks, each pair of neighbouring characters."""
    return list(_words(text, with_single_characters=False))


def indexed_words(text: str) -> str:
    """In scripts without blanks also single characters, because a search may be for one."""
    return " ".join(_words(text, with_single_characters=True))


def _words(text: str, *, with_single_characters: bool) -> Iterator[str]:
    for word in split_words(text):
        for part in UNSPACED.split(word):
            if not UNSPACED.match(part):
                yield from (part,) if part else ()
                continue
            if with_single_characters or len(part) == 1:
                yield from part
            yield from (part[at : at + 2] for at in range(len(part) - 1))


class FoldedField(models.TextField):
    """NULL in a row of a version without this field, whose text is indexed as it is."""

    def __init__(self, of: str, **kwargs) -> None:
        self.of = of
        super().__init__(**{"null": True, "editable": False} | kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, [self.of, *args], kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        words = indexed_words(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, words)
        return words
