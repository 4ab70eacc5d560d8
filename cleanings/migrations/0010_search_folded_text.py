"""Let both databases index the folded copy of a text, and the text as it is where a row has no copy yet.

Whoever still runs the version before finds the same tables, column and function (`cleanings_folded`) as before.
"""

from django.db import migrations

# The generated column becomes one that a trigger fills, with the values that it has: no row is written again.
POSTGRESQL = [
    "ALTER TABLE cleanings_cleaning ALTER COLUMN search DROP EXPRESSION",
    # With the schemas of this moment: a dump is restored without any to look in.
    """
    CREATE FUNCTION cleanings_index() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        NEW.search := cleanings_vector(coalesce(NEW.folded_name, NEW.name), 'A')
            || cleanings_vector(NEW.city_key, 'B')
            || cleanings_vector(coalesce(NEW.folded_description, NEW.description), 'C');
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER cleanings_index BEFORE INSERT
        OR UPDATE OF name, description, city_key, folded_name, folded_description ON cleanings_cleaning
        FOR EACH ROW EXECUTE FUNCTION cleanings_index()
    """,
]

POSTGRESQL_BACK = [
    "DROP TRIGGER cleanings_index ON cleanings_cleaning",
    "DROP FUNCTION cleanings_index",
    "ALTER TABLE cleanings_cleaning DROP COLUMN search",
    """
    ALTER TABLE cleanings_cleaning ADD COLUMN search tsvector GENERATED ALWAYS AS (
        cleanings_vector(cleanings_folded(name), 'A')
        || cleanings_vector(cleanings_folded(city), 'B')
        || cleanings_vector(cleanings_folded(description), 'C')
    ) STORED
    """,
    "CREATE INDEX cleaning_open_words ON cleanings_cleaning USING gin (search) WHERE status = 'open'",
]

# Folded texts have no accents left, and the marks of other scripts belong to their words.
TOKENIZERS = {
    "cleanings_words": "porter unicode61 remove_diacritics 0 categories 'L* N* M* Co'",
    "cleanings_beginnings": "unicode61 remove_diacritics 0 categories 'L* N* M* Co'",
}
TOKENIZERS_BEFORE = {
    "cleanings_words": "porter unicode61 remove_diacritics 2",
    "cleanings_beginnings": "unicode61 remove_diacritics 2",
}
VIEW = """
    CREATE VIEW cleanings_indexed AS
    SELECT id, coalesce(folded_name, name) AS name, city_key AS city,
        coalesce(folded_description, description) AS description
    FROM cleanings_cleaning
"""


def sqlite_statements(tokenizers, content, name, city, description, columns):
    """Two tables over what is indexed, of stems and of words as they are, and the triggers that fill them.

    `name`, `city` and `description` are what a row is indexed by, with {} for its old or new state.
    """
    values = ", ".join((name, city, description))
    for table, tokenizer in tokenizers.items():
        for event in ("insert", "delete", "update"):
            yield f"DROP TRIGGER {table}_{event}"
        yield f"DROP TABLE {table}"
        prefix = ", prefix='2 3 4'" if table == "cleanings_beginnings" else ""
        yield (
            f"CREATE VIRTUAL TABLE {table} USING fts5(name, city, description, content='{content}',"
            f' content_rowid=\'id\', tokenize="{tokenizer}"{prefix})'
        )
        yield f"INSERT INTO {table}({table}) VALUES ('rebuild')"
        added = (
            f"INSERT INTO {table}(rowid, name, city, description) VALUES (new.id, {values.replace('{}', 'new')});"
        )
        gone = (
            f"INSERT INTO {table}({table}, rowid, name, city, description)"
            f" VALUES ('delete', old.id, {values.replace('{}', 'old')});"
        )
        for event, does in {"INSERT": added, "DELETE": gone, f"UPDATE OF {columns}": gone + added}.items():
            trigger = f"{table}_{event.split()[0].lower()}"
            yield f"CREATE TRIGGER {trigger} AFTER {event} ON cleanings_cleaning BEGIN {does} END"


SQLITE = [
    VIEW,
    *sqlite_statements(
        TOKENIZERS,
        "cleanings_indexed",
        "coalesce({}.folded_name, {}.name)",
        "{}.city_key",
        "coalesce({}.folded_description, {}.description)",
        "id, name, description, city_key, folded_name, folded_description",
    ),
]
SQLITE_BACK = [
    *sqlite_statements(
        TOKENIZERS_BEFORE, "cleanings_cleaning", "{}.name", "{}.city", "{}.description", "id, name, city, description"
    ),
    "DROP VIEW cleanings_indexed",
]


def run(postgresql, sqlite):
    def statements(apps, schema_editor):
        for statement in {"postgresql": postgresql, "sqlite": sqlite}[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return statements


class Migration(migrations.Migration):
    dependencies = [("cleanings", "0009_folded_text")]

    operations = [migrations.RunPython(run(POSTGRESQL, SQLITE), run(POSTGRESQL_BACK, SQLITE_BACK))]
