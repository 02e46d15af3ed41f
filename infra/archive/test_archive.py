"""What docs/archive.md says of the archive, tried on the golden file: table definition, layout, queries. By `infra/test.sh`."""

import json
import re
import shutil
import tempfile
import unittest
from datetime import datetime
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "shared/pipeline/tests/golden"
SQL = re.findall(r"```sql\n(.*?)```", (ROOT / "docs/archive.md").read_text(), re.S)
TABLE, QUERIES = SQL[0], SQL[1:]
# The same batch in three hours, which is the same deliveries three times.
WRITTEN = ["date=2026-11-23/hour=04", "date=2026-11-23/hour=23", "date=2026-11-24/hour=00"]
# Functions of Athena under another name here.
MACROS = """
CREATE MACRO from_unixtime(seconds) AS make_timestamp((seconds * 1000000)::BIGINT);
CREATE MACRO json_extract_scalar(text, path) AS CASE WHEN json_valid(text) THEN json_extract_string(text, path) END;
"""


def columns():
    """Name → type in the words of DuckDB, as the definition has them."""
    body = TABLE.split("(\n", 1)[1].split("\n)\nPARTITIONED", 1)[0]
    return {name: translated(kind.rstrip(",")) for name, kind in (line.strip().split(" ", 1) for line in body.splitlines())}


def fields(file, struct):
    """The fields of a struct of the pipeline, as they are written."""
    source = (ROOT / "shared/pipeline/src" / file).read_text()
    body = source.split(f"struct {struct} {{", 1)[1].split("\n}", 1)[0]
    return set(re.findall(r"^    (?:pub )?(\w+):", body, re.M))


def translated(kind):
    kind = kind.strip()
    if kind.startswith("array<"):
        return translated(kind[6:-1]) + "[]"
    if kind.startswith("struct<"):
        fields, depth, start = [], 0, 7
        for at, character in enumerate(kind[7:-1] + ",", 7):
            depth += {"<": 1, ">": -1}.get(character, 0)
            if character == "," and depth == 0:
                name, inner = kind[start:at].split(":", 1)
                fields.append(f'"{name}" {translated(inner)}')
                start = at + 1
        return f"STRUCT({', '.join(fields)})"
    return {"string": "VARCHAR", "bigint": "BIGINT", "boolean": "BOOLEAN"}[kind]


class Archive(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        template = re.search(r"'storage.location.template' = 's3://BUCKET/([^']+)'", TABLE).group(1)
        for hour in WRITTEN:
            date, hour = (part.split("=")[1] for part in hour.split("/"))
            place = Path(cls.folder.name, template.replace("${date}", date).replace("${hour}", hour))
            place.mkdir(parents=True)
            shutil.copy(GOLDEN / "archive-v0.ndjson.zst", place / "2f9cad57750724ad5b436b0b8c466618.ndjson.zst")
        cls.engine = duckdb.connect()
        cls.engine.execute(MACROS)
        kinds = ", ".join(f"'{name}': '{kind}'" for name, kind in columns().items())
        cls.engine.execute(f"""CREATE VIEW tollgate_archive AS SELECT * FROM read_json(
            '{cls.folder.name}/archive/v0/*/*/*.ndjson.zst', format = 'newline_delimited', compression = 'zstd',
            hive_partitioning = true, hive_types = {{'date': VARCHAR, 'hour': VARCHAR}}, columns = {{{kinds}}})""")

    @classmethod
    def tearDownClass(cls):
        cls.engine.close()
        cls.folder.cleanup()

    def rows(self, query):
        return self.engine.execute(query).fetchall()

    def test_the_table_has_every_field_of_a_line_and_no_other(self):
        lines = [json.loads(line) for line in (GOLDEN / "archive-v0.ndjson").read_text().split("\n") if line]
        self.assertLessEqual({field for line in lines for field in line}, set(columns()))
        self.assertEqual(set(columns()), fields("envelope.rs", "Envelope") - {"replay"} | fields("archive.rs", "Line<'a>") - {"envelope"})
        for line in lines:
            (read,) = self.engine.execute(
                "SELECT * FROM tollgate_archive WHERE delivery_id = ? AND hour = '04'", [line["delivery_id"]]
            ).fetchall()
            read = dict(zip(columns(), read))
            for field, value in line.items():
                # A struct has all of its fields, a line only those with a value.
                if isinstance(value, dict):
                    self.assertEqual({key: value.get(key) for key in read[field]}, read[field], field)
                else:
                    self.assertEqual(value, read[field], field)

    def test_dates_and_hours_are_those_of_the_keys(self):
        found = self.rows('SELECT DISTINCT "date", "hour" FROM tollgate_archive ORDER BY ALL')
        self.assertEqual([f"date={date}/hour={hour}" for date, hour in found], WRITTEN)

    def test_the_queries_answer(self):
        by_type, by_event, of_body, withheld = (self.rows(query) for query in QUERIES)
        self.assertEqual(by_type, [("stripe", None, 2), ("stripe", "payment_intent.succeeded", 1)])
        ((delivery, received, endpoint, digest),) = by_event
        self.assertEqual((delivery, endpoint, len(digest)), ("7f3b1c52-0001", "shop", 64))
        self.assertEqual(received, datetime(2026, 11, 18, 11, 6, 40, 123000))
        self.assertEqual(withheld, [("shop", "duplicate_key", 1)])
        self.assertEqual([row[0] for row in of_body], ["7f3b1c52-0001"])


if __name__ == "__main__":
    unittest.main()
