"""What the text of a Chinese warning says and no field does: tested rules, nothing guessed."""

import re
import unicodedata
from typing import Any

from bridge import Rejected, codes, times

Tree = dict[str, Any]
TITLE = re.compile(r"\s*【([^【】]{1,100})】")
UNTIL = re.compile(r"有效(?:期|時間|时间)?(?:延[長长])?[至到为]?\s*(\d{4}年\d{1,2}月\d{1,2}日\d{1,2}[时時](?:\d{1,2}分)?)")
SCALE = re.compile(r"(红|橙|黄|蓝|白)色")
SIMPLE = str.maketrans("紅黃藍", "红黄蓝")
TITLES = re.compile(r"解除|取消")
AGAIN = re.compile(r"更新|继续发布|变更|升级|降级|延长")
KINDS = {
    "Geo": "地质 地震 滑坡 泥石流 崩塌 地面 山洪",
    "Fire": "火险 火灾 森林",
    "Env": "污染 霾 空气",
    "Health": "公共卫生 疫情 食品 中毒 传染",
    "Security": "社会安全 治安",
    "Transport": "交通 水上 铁路 民航",
    "Safety": "事故灾难 安全生产",
}
MARKS = {symbol: re.compile(marks.replace(" ", "|")) for symbol, marks in KINDS.items()}
SEVERITIES = {"Red": "Extreme", "Orange": "Severe", "Yellow": "Moderate", "Blue": "Minor"}
"""The convention of the code list warning-severity; the colour stays the truth."""


def text(found: Any) -> str:
    """Text, or none."""
    return found if isinstance(found, str) else ""


def title(words: Any) -> str | None:
    """The title in 【】 at the head of a text."""
    found = TITLE.match(text(words))
    return found[1] if found else None


def until(words: Any, zone: str | None) -> str | None:
    """The end that a text states in full, as ``2026-05-17 21:00:00``."""
    found = UNTIL.search(text(words))
    try:
        return times.wall(times.instant(found[1] if "分" in found[1] else f"{found[1]}00分", "", zone)[0], "", zone or "UTC") if found else None
    except Rejected:
        return None


def kind(headline: Any) -> str:
    """Whether a headline begins, continues or ends a warning: …发布…, …更新…, …解除…."""
    words = unicodedata.normalize("NFKC", text(headline))
    return "Cancel" if TITLES.search(words) else "Update" if AGAIN.search(words) else "Alert"


def category(*words: Any) -> list[str]:
    """The CAP category that the kind of event implies; warnings are of weather unless they say otherwise."""
    said = " ".join(map(text, words))
    return [next((symbol for symbol, marks in MARKS.items() if marks.search(said)), "Met")]


def color(words: Any) -> str | None:
    """The one colour that a headline names; of two nobody knows which is in force."""
    found = set(SCALE.findall(text(words).translate(SIMPLE)))
    return f"{found.pop()}色" if len(found) == 1 else None


def severity(symbol: str | None) -> str | None:
    """The severity that a colour stands for."""
    return SEVERITIES.get(symbol or "")


def region(code: Any) -> list[Tree]:
    """The region and, where there is a type, what it happens to: the first six digits of a platform's id."""
    digits = text(code)[:6]
    return [{"scheme": "urn:cn:gb:2260", "code": digits}] if digits in codes.load("gb-2260") else []
