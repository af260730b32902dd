"""How bytes are cut into records, beside Python's own reader of CSV."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqrs.imports.csv.records import records


def cut(text, size=7):
    """Records of a text that comes in small pieces."""
    content = text.encode()
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    found = list(records(pieces))
    assert [length for length, _ in found] == [len(record) for _, record in found]
    return [record.decode() for _, record in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\nc,d\n", ["a,b\n", "c,d\n"]),
        ("a,b\r\nc,d", ["a,b\r\n", "c,d"]),
        ('a,"b\nc"\nd,e\n', ['a,"b\nc"\n', "d,e\n"]),
        ('"a\n""b""\n",c\nd,e\n', ['"a\n""b""\n",c\n', "d,e\n"]),
        ('a,5" pipe\nb,c\n', ['a,5" pipe\n', "b,c\n"]),
        ('5",x\nb,6"\nc,d\n', ['5",x\n', 'b,6"\n', "c,d\n"]),
        ('a,"b"\nc,"d"\n', ['a,"b"\n', 'c,"d"\n']),
        ('a,""\nb,""""\nc,d\n', ['a,""\n', 'b,""""\n', "c,d\n"]),
        ('"",a\n', ['"",a\n']),
        ('a, "b\nc,d\n', ['a, "b\n', "c,d\n"]),
        ('a,"b\nc,d\n', ['a,"b\nc,d\n']),
        ("\n\na\n", ["\n", "\n", "a\n"]),
        ("", []),
    ],
)
def test_a_quote_matters_where_a_field_begins(text, expected):
    assert cut(text) == expected


@given(
    st.lists(
        st.lists(st.text(st.sampled_from('ab,"\n 5'), max_size=6), min_size=1, max_size=4),
        max_size=6,
    ),
    st.integers(1, 9),
)
def test_what_a_writer_writes_is_cut_where_it_began_a_row(rows, size):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)

    found = [next(csv.reader(io.StringIO(row, newline=""))) for row in cut(text.getvalue(), size)]
    assert found == rows


@given(st.text(st.sampled_from('ab,"\n'), max_size=30), st.integers(1, 9))
def test_nothing_is_lost_and_every_record_but_the_last_is_one_row(text, size):
    found = cut(text, size)

    assert "".join(found) == text
    for record in found[:-1]:
        assert len(list(csv.reader(io.StringIO(record, newline="")))) == 1
