"""Tables as files: the two formats, what a spreadsheet must not run, and where a file ends."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from m25console import exports
from m25console.exports import Column, Table, defused

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def table_of(*cells: Any, is_truncated: bool = False) -> Table[Any]:
    columns = [Column("value", lambda row: row)]
    return Table("things", columns, iter(cells), is_truncated=is_truncated)


def spread(*cells: Any, **more: Any) -> list[list[str]]:
    text = "".join(exports.csv_lines(table_of(*cells, **more)))
    return list(csv.reader(io.StringIO(text.removeprefix(exports.BOM), newline="")))


def documented(*cells: Any, **more: Any) -> Any:
    return json.loads("".join(exports.json_lines(table_of(*cells, **more), now=NOW)))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "\n=1", "\uff1d1+1", "\t", "-"],
)
def test_a_text_that_a_spreadsheet_would_run_is_defused(text):
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "timeout", "a=b", "-32603", "+49", "-1.5", "1=1"])
def test_other_texts_stay_as_they_are(text):
    assert defused(text) == text


def test_numbers_stay_numbers_in_both_formats():
    assert spread(-5, 0.25, Decimal("-0.5"), True)[1:] == [["-5"], ["0.25"], ["-0.5"], ["true"]]
    rows = documented(-5, 0.25, Decimal("-0.5"), True, None)["rows"]
    assert [row["value"] for row in rows] == [-5, 0.25, -0.5, True, None]


def test_moments_are_told_in_utc():
    assert spread(NOW, date(2026, 3, 1))[1:] == [["2026-03-01T12:00:00Z"], ["2026-03-01"]]


def test_a_csv_is_read_back_as_it_was_whatever_its_texts_hold():
    texts = ['say "no"', "a, b", "two\nlines", "Ünïcode 🚦", ""]

    assert spread(*texts) == [["value"], *([text] if text else [""] for text in texts)]
    assert "".join(exports.csv_lines(table_of("x"))) == f"{exports.BOM}value\r\nx\r\n"


def test_a_file_that_was_cut_short_says_so_at_its_end_and_in_its_head():
    assert spread("x", is_truncated=True)[-1][0].startswith("Truncated after 100000 rows")
    assert documented("x", is_truncated=True)["is_truncated"] is True


def test_an_empty_table_is_a_whole_file():
    assert spread() == [["value"]]
    assert documented()["rows"] == []
