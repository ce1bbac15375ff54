from typing import ClassVar

import pytest

from bridge import inner
from bridge.adapter import Adapter
from bridge.errors import ConfigError


class Wrapper(Adapter):
    media_type: ClassVar[str] = "application/xml"


def test_what_is_inside_is_the_named_format_for_the_same_agency():
    found = inner("cap", Wrapper(agency="cn-jiaxing-fire"), {"zone": "Asia/Shanghai"})
    assert (found.name, found.agency, found.zone) == ("cap", "cn-jiaxing-fire", "Asia/Shanghai")


def test_a_format_that_is_not_there_stops_the_start_and_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'cap'"):
        inner("capp", Wrapper(), {})


def test_an_option_that_the_format_does_not_know_is_refused():
    with pytest.raises(ValueError, match="zoone"):
        inner("cap", Wrapper(), {"zoone": "UTC"})


def test_nothing_stands_inside_itself():
    with pytest.raises(ConfigError, match="cannot stand inside itself"):
        inner(Wrapper.name, Wrapper(), {})
