from django.db import migrations

# PostgreSQL: stems without stop words, because SQLite has none, and each word as it is, for the last one's beginning.
# The names come first among the weights (A), then cities and descriptions. Only open cleanings are searched. What the
# functions name is looked up once, here: a dump is restored without any schema to look in.
POSTGRESQL = [
    (
        "CREATE TEXT SEARCH DICTIONARY cleanings_stem (TEMPLATE = snowball, LANGUAGE = porter)",
        "DROP TEXT SEARCH DICTIONARY cleanings_stem",
    ),
    (
        "CREATE TEXT SEARCH CONFIGURATION cleanings_words (COPY = simple)",
        "DROP TEXT SEARCH CONFIGURATION cleanings_words",
    ),
    (
        "ALTER TEXT SEARCH CONFIGURATION cleanings_words ALTER MAPPING REPLACE simple WITH cleanings_stem",
        migrations.RunSQL.noop,
    ),
    (
        r"""
        CREATE FUNCTION cleanings_folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
            RETURN regexp_replace(
                translate(
                    lower(regexp_replace(normalize($1, NFKD){collation}, '[\u0300-\u036f]+', '', 'g')), 'ς', 'σ'
                ),
                '[^[:alnum:]]+', ' ', 'g'
            )
        """,
        "DROP FUNCTION cleanings_folded",
    ),
    (
        """
        CREATE FUNCTION cleanings_vector(text, "char") RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
            RETURN setweight(to_tsvector('cleanings_words', $1) || to_tsvector('simple', $1), $2)
        """,
        "DROP FUNCTION cleanings_vector",
    ),
    (
        """
        ALTER TABLE cleanings_cleaning ADD COLUMN search tsvector GENERATED ALWAYS AS (
            cleanings_vector(cleanings_folded(name), 'A')
            || cleanings_vector(cleanings_folded(city), 'B')
            || cleanings_vector(cleanings_folded(description), 'C')
        ) STORED
        """,
        "ALTER TABLE cleanings_cleaning DROP COLUMN search",
    ),
    (
        "CREATE INDEX cleaning_open_words ON cleanings_cleaning USING gin (search) WHERE status = 'open'",
        "DROP INDEX cleaning_open_words",
    ),
]

TABLES = {"cleanings_words": "porter unicode61 remove_diacritics 2", "cleanings_beginnings": "unicode61 remove_diacritics 2"}


def sqlite_statements():
    """Two tables over the one of the cleanings, of stems and of words as they are, and the triggers that fill them."""
    for table, tokenizer in TABLES.items():
        prefix = ", prefix='2 3 4'" if table == "cleanings_beginnings" else ""
        yield (
            f"CREATE VIRTUAL TABLE {table} USING fts5(name, city, description, content='cleanings_cleaning',"
            f" content_rowid='id', tokenize='{tokenizer}'{prefix})",
            f"DROP TABLE {table}",
        )
        yield f"INSERT INTO {table}({table}) VALUES ('rebuild')", migrations.RunSQL.noop
        added = f"INSERT INTO {table}(rowid, name, city, description) VALUES (new.id, new.name, new.city, new.description);"
        gone = (
            f"INSERT INTO {table}({table}, rowid, name, city, description)"
            " VALUES ('delete', old.id, old.name, old.city, old.description);"
        )
        for event, does in {
            "INSERT": added,
            "DELETE": gone,
            "UPDATE OF id, name, city, description": gone + added,
        }.items():
            name = f"{table}_{event.split()[0].lower()}"
            yield (
                f"CREATE TRIGGER {name} AFTER {event} ON cleanings_cleaning BEGIN {does} END",
                f"DROP TRIGGER {name}",
            )


def collation(connection):
    """What to add to a text on PostgreSQL where the locale of the database does not know every letter: in plain C none
    but those of ASCII has a small form, in Turkish that of I is another one.
    """
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('ÉI') = 'éi'")
        return "" if cursor.fetchone()[0] else ' COLLATE "und-x-icu"'


class OnlyOn(migrations.RunSQL):
    """Statements for one of the two databases."""

    def __init__(self, vendor, statements):
        super().__init__([done for done, _ in statements], [undone for _, undone in reversed(statements)])
        self.vendor, self.statements = vendor, statements

    def deconstruct(self):
        return self.__class__.__qualname__, [self.vendor, self.statements], {}

    def _run_sql(self, schema_editor, sqls):
        if schema_editor.connection.vendor == self.vendor:
            for statement in sqls:
                if statement:
                    statement = statement.replace("{collation}", collation(schema_editor.connection))
                    schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("cleanings", "0006_ways_to_find")]

    operations = [OnlyOn("postgresql", POSTGRESQL), OnlyOn("sqlite", list(sqlite_statements()))]
