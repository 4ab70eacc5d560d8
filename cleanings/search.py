"""Finding cleanings by words: one call, answered by the full-text index of whichever database there is.

A cleaning is found when it has every word, in name, city or description. Case, accents and word forms do not count
("cleaned" finds "cleaning", by Porter's stems), and the last word may be the beginning of one. A migration makes the
indexes, and the databases keep them: a column that PostgreSQL fills itself, tables that triggers of SQLite fill.
"""

from __future__ import annotations

import re
import unicodedata

from django.db.models import BooleanField, F, Func

WORD = re.compile(r"[^\W_]+")
ACCENTS = re.compile("[\u0300-\u036f]+")


def folded(text: str) -> str:
    """A text as it is compared with others: without case, accents and idle blanks."""
    return " ".join(ACCENTS.sub("", unicodedata.normalize("NFKD", text)).lower().split())


def words_in(text: str) -> list[str]:
    """The words of a text, whatever stands between them."""
    return WORD.findall(unicodedata.normalize("NFC", text))


class Has(Func):
    """Whether a cleaning has all the words, at least one of them; with `in_name`, all of them in its name."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, words: list[str], *, in_name: bool = False) -> None:
        super().__init__(F("pk"))
        self.words, self.in_name = words, in_name

    def as_postgresql(self, compiler, connection, **context) -> tuple[str, list[str]]:
        pk, _ = compiler.compile(self.source_expressions[0])
        # Folded as the column is, and in quotes, inside which nothing is an operator.
        weight = "A" if self.in_name else ""
        *whole, last = WORD.findall(folded(" ".join(self.words)))
        query = "to_tsquery('cleanings_words', %s) || to_tsquery('simple', %s)"
        params = [f"'{last}':{weight}", f"'{last}':*{weight}"]
        if whole:
            query = f"to_tsquery('cleanings_words', %s) && ({query})"
            params.insert(0, " & ".join(f"'{word}':{weight}" for word in whole))
        return f"{pk.rpartition('.')[0]}.search @@ ({query})", params

    def as_sqlite(self, compiler, connection, **context) -> tuple[str, list[str]]:
        pk, _ = compiler.compile(self.source_expressions[0])
        part = "name : " if self.in_name else ""
        *whole, last = (f'"{word}"' for word in self.words)
        among = f"{pk} IN (SELECT rowid FROM cleanings_{{0}} WHERE cleanings_{{0}} MATCH %s)"
        sql = f"({among.format('words')} OR {among.format('beginnings')})"
        params = [f"{part}{last}", f"{part}{last} *"]
        if whole:
            sql = f"({among.format('words')} AND {sql})"
            params.insert(0, f"{part}({' AND '.join(whole)})")
        return sql, params
