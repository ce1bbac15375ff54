"""Warnings of a Chinese city as Shenzhen publishes them in JSON: its list of all departments both ways, its board of signals in.

The list is szWarn_all, the board szAlarm. One entry, one Alert in Chinese: ``keyId`` its identifier, ``issued`` its sender, ``issueTime``,
``startTime`` (effective), ``subCategory`` the event (what stands before a dot rides in ``extensions``), ``wLevel`` the colour, ``area``,
``matter`` (description), ``wmeasures`` (instruction), ``tel``. Times are of ``zone``, with or without seconds. ``life`` false is a Cancel. Where
nothing else is said the colour implies the severity, the event the category, the title in 【】 is the headline and 有效期至… the end. Urgency and
certainty stay Unknown. Both are snapshots: a warning that vanishes from them has ended, and that no message says.

The board repeats a warning in several lists, and gives it a number of its own only where its picture says so: else identified by time, event and
colour; pictures, which change with every poll, and ``alarmInfo``, which repeats the newest text, go. ``xgAlarm``, signals of Hong Kong, are taken
at the time that ends their text. On the way out, what the list has no word for is said in an object ``regionbus``; ``life`` is true only for what
is in force and real, so an exercise is nothing to whoever does not know that object.
"""

from adapters._alerts import AlertFeed
from adapters._cn_board import ENVELOPE, LOST, PARTS, Board


class CnCityWarning(AlertFeed):
    """Warnings of a Chinese city, both ways."""

    media_type = "application/json"
    records = tuple(part.cls for part in PARTS)
    loses = LOST
    source = Board()
    parts = PARTS
    envelope = ENVELOPE
    zone: str | None = "Asia/Shanghai"
    encoding: str = "utf-8"
