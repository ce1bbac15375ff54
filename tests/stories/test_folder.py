"""A drop folder, as a partner meets it."""

import asyncio
import json
import os

from hubs import alert, settings
from playing import playing, total, until
from structlog.testing import capture_logs

from bridge.ports import folder as port


def run(folder, story, **options):
    path = settings(folder, **options)

    async def whole():
        async with playing(path) as hub:
            await story(hub)

    asyncio.run(whole())


def xml(folder):
    return sorted(path for path in folder.glob("*.xml"))


def test_a_file_moves_to_done_and_the_partner_has_it_in_its_own_folder(tmp_path):
    async def story(hub):
        (tmp_path / "in" / "a.xml").write_bytes(alert("a"))
        await until(lambda: xml(tmp_path / "out"))
        await until(lambda: xml(tmp_path / "in" / "done"))
        assert [path.name for path in xml(tmp_path / "in" / "done")] == ["a.xml"]
        assert "<identifier>a</identifier>" in xml(tmp_path / "out")[0].read_text()

    run(tmp_path, story)


def test_a_bad_file_moves_to_refused_with_the_reason_and_the_next_goes_on(tmp_path):
    async def story(hub):
        (tmp_path / "in" / "bad.xml").write_bytes(b"<alert")
        (tmp_path / "in" / "good.xml").write_bytes(alert("good"))
        await until(lambda: xml(tmp_path / "out") and (tmp_path / "in" / "refused" / "bad.xml").exists())
        (verdict,) = json.loads((tmp_path / "in" / "refused" / "bad.xml.reason.json").read_text())
        assert (verdict["error"], verdict["code"]) == ("Malformed", "not-xml")
        assert verdict["zh"]
        assert (await total(hub))["none", "refused"] == 1

    run(tmp_path, story)


def test_a_file_with_a_bad_part_is_done_and_says_which_part_was_refused(tmp_path):
    async def story(hub):
        many = b'<alerts xmlns="urn:oasis:names:tc:emergency:cap:1.2">' + alert("one") + alert("").replace(b"x1", b"x2") + alert("two") + b"</alerts>"
        (tmp_path / "in" / "many.xml").write_bytes(many)
        await until(lambda: len(xml(tmp_path / "out")) == 2)
        await until(lambda: (tmp_path / "in" / "done" / "many.xml").exists())
        (verdict,) = json.loads((tmp_path / "in" / "done" / "many.xml.refused.json").read_text())
        assert verdict["at"] == "alert/1/identifier"

    run(tmp_path, story)


def test_a_file_is_left_alone_until_it_lies_still(tmp_path):
    async def story(hub):
        whole = alert("slow")
        with (tmp_path / "in" / "slow.xml").open("wb") as file:
            for start in range(0, len(whole), len(whole) // 4):
                file.write(whole[start : start + len(whole) // 4])
                file.flush()
                await asyncio.sleep(0.15)
        await until(lambda: xml(tmp_path / "out"))
        assert not (tmp_path / "in" / "refused").exists()

    run(tmp_path, story)


def test_files_that_are_still_being_written_elsewhere_are_passed_over(tmp_path):
    async def story(hub):
        for name in (".hidden.xml", "a.xml.tmp", "b.xml.part"):
            (tmp_path / "in" / name).write_bytes(alert(name))
        (tmp_path / "in" / "c.xml").write_bytes(alert("c"))
        await until(lambda: (tmp_path / "in" / "done" / "c.xml").exists())
        assert sorted(path.name for path in (tmp_path / "in").iterdir() if path.is_file()) == [".hidden.xml", "a.xml.tmp", "b.xml.part"]

    run(tmp_path, story)


def test_the_same_name_again_is_kept_beside_the_first(tmp_path):
    async def story(hub):
        for number, words in enumerate(("a", "b")):
            (tmp_path / "in" / "x.xml").write_bytes(alert(words))
            await until(lambda number=number: len(xml(tmp_path / "in" / "done")) == number + 1)
        assert [path.name for path in xml(tmp_path / "in" / "done")] == ["x-1.xml", "x.xml"]
        await until(lambda: len(xml(tmp_path / "out")) == 2)

    run(tmp_path, story)


def test_a_list_sent_again_is_no_message(tmp_path):
    async def story(hub):
        many = b'<alerts xmlns="urn:oasis:names:tc:emergency:cap:1.2">' + b"".join(alert(f"a{n}") for n in range(5)) + b"</alerts>"
        for number in range(3):
            (tmp_path / "in" / f"list-{number}.xml").write_bytes(many)
            await until(lambda number=number: (tmp_path / "in" / "done" / f"list-{number}.xml").exists())
        await until(lambda: len(xml(tmp_path / "out")) == 5)
        await asyncio.sleep(0.3)
        assert len(xml(tmp_path / "out")) == 5
        assert (await total(hub))["bus", "repeated"] == 10

    run(tmp_path, story)


def test_a_then_b_then_a_arrives_as_three(tmp_path):
    async def story(hub):
        for number, words in enumerate(("one", "two", "one")):
            (tmp_path / "in" / f"{number}.xml").write_bytes(alert("same").replace("暴雨橙色".encode(), words.encode()))
            await until(lambda number=number: (tmp_path / "in" / "done" / f"{number}.xml").exists())
        await until(lambda: len(xml(tmp_path / "out")) == 3)

    run(tmp_path, story)


def test_the_author_finds_its_receipt_beside_its_files(tmp_path):
    async def story(hub):
        (tmp_path / "in" / "a.xml").write_bytes(alert("a"))
        await until(lambda: list((tmp_path / "in" / "receipts").glob("*.json")))
        (file,) = (tmp_path / "in" / "receipts").glob("*.json")
        (receipt,) = json.loads(file.read_text())
        assert file.stem == receipt["message_id"] == xml(tmp_path / "out")[0].stem
        assert (receipt["stage"], receipt["recipient_id"]) == ("Delivered", "cn-shanghai-emergency")

    run(tmp_path, story)


LISTS = """
[[inlet]]
agency = "cn-jiaxing-weather"
adapter = "resource-csv"
folder = "lists"
mode = "Actual"
"""


def test_what_says_nothing_is_told_to_the_operator(tmp_path):
    async def story(hub):
        (tmp_path / "lists" / "empty.csv").write_text("编号,名称,状态\n", "utf-8")
        await until(lambda: (tmp_path / "lists" / "done" / "empty.csv").exists())

    with capture_logs() as logs:
        run(tmp_path, story, more=LISTS)
    assert [each["agency"] for each in logs if each["event"] == "said-nothing"] == ["cn-jiaxing-weather"]


def test_two_processes_that_write_the_same_message_never_show_half_a_file(tmp_path, monkeypatch):
    target, seen = tmp_path / "m.xml", []

    def other(place):
        monkeypatch.setattr(port.crash, "point", lambda _: None)
        port.write_safely(target, b"whole")
        seen.append((place, target.read_bytes()))

    monkeypatch.setattr(port.crash, "point", other)
    port.write_safely(target, b"whole")
    assert seen == [("giving", b"whole")]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("m.xml", b"whole")]


def test_what_a_dead_process_had_written_aside_is_swept_and_what_a_living_one_writes_is_not(tmp_path):
    old, new = tmp_path / ".a.xml.0.tmp", tmp_path / ".b.xml.0.tmp"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    port.Folder(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
