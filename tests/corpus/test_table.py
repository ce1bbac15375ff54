"""The page on the corpus is today's."""

import pytest
from corpus import table
from corpus.test_corpus import CORPUS

from bridge.adapter import Adapter
from bridge.errors import AdapterFault, Malformed


def test_the_counts_of_the_page_are_todays():
    assert table.counts(table.PAGE.read_text("utf-8")) == table.counts(table.page(1)), "stale: python -m tests.corpus.table"


def test_times_are_no_counts():
    line = "| cap | cap | 3 | 1/1 |  | 1 | 0 | 1/1 | {} | {} |"
    assert table.counts(line.format(1, 2.0)) == table.counts(line.format(30, 4.5)) != table.counts(line.replace("3", "4", 1).format(1, 2.0))


@pytest.mark.parametrize(("error", "end"), [(Malformed("empty"), "refused"), (AdapterFault("fault"), "raised"), (ValueError("x"), "raised")])
def test_what_an_adapter_raises_is_told_from_a_verdict(error, end):
    class Wrong(Adapter):
        media_type = "text/plain"
        records = ()

        def decode(self, data):
            del data
            raise error

    assert table.ending(Wrong(), b"x", whole=False) == end


def test_every_folder_of_the_corpus_with_an_adapter_stands_in_the_table():
    assert len(table.folders()) >= 25
    assert all((CORPUS / name).is_file() for files in table.folders().values() for name in files)
