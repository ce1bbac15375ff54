"""The command ``regionbus``. Every command imports what it needs when it is called: help comes at once."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from bridge.errors import ConfigError, Unavailable
from bridge.texts import text

app = typer.Typer(
    name="regionbus",
    help=text("cli-app"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Config = Annotated[Path, typer.Option("--config", "-c", help=text("cli-config"), envvar="REGIONBUS_CONFIG")]
Json = Annotated[bool, typer.Option("--json", help=text("cli-json"))]
Folders = Annotated[list[Path] | None, typer.Option("--adapters", help=text("cli-folders"))]
Options = Annotated[list[str] | None, typer.Option("--option", "-o", help=text("cli-option"))]


@app.command("demo", help=text("cli-demo"))
def do_demo(
    *,
    once: Annotated[bool, typer.Option("--once", help=text("cli-once"))] = False,
    samples: Annotated[Path | None, typer.Option(help=text("cli-samples"), exists=True, file_okay=False)] = None,
    adapter: Annotated[str | None, typer.Option(help=text("cli-samples-adapter"))] = None,
    folder: Annotated[Path | None, typer.Option(help=text("cli-demo-folder"))] = None,
) -> None:
    from bridge.cli import demo as command

    raise typer.Exit(command.run(once=once, samples=samples, adapter=adapter, folder=folder))


@app.command("init", help=text("cli-init"))
def do_init(
    hub: Annotated[str, typer.Argument(help=text("cli-hub"))], path: Annotated[Path, typer.Option(help=text("cli-config"))] = Path("regionbus.toml")
) -> None:
    from bridge.cli import init as command

    command.run(hub, path)


@app.command("run", help=text("cli-run"))
def do_run(config: Config = Path("regionbus.toml")) -> None:
    from bridge.cli import run as command

    command.run(config)


@app.command("monitor", help=text("cli-monitor"))
def do_monitor(config: Config = Path("regionbus.toml")) -> None:
    from bridge.cli import monitor as command

    command.run(config)


@app.command("passwd", help=text("cli-passwd"))
def do_passwd(
    name: Annotated[str, typer.Argument(help=text("cli-passwd-name"))],
    role: Annotated[Literal["viewer", "operator", "admin"], typer.Option(help=text("cli-passwd-role"))] = "operator",
) -> None:
    from bridge.cli import monitor as command

    raise typer.Exit(command.passwd(name, role))


@app.command("convert", help=text("cli-convert"))
def do_convert(
    file: Annotated[Path | None, typer.Argument(help=text("cli-file"))] = None,
    *,
    source: Annotated[str, typer.Option("--from", help=text("cli-from"))],
    target: Annotated[str, typer.Option("--to", help=text("cli-to"))],
    out: Annotated[Path | None, typer.Option(help=text("cli-out"))] = None,
    agency: Annotated[str | None, typer.Option(help=text("cli-agency"))] = None,
    from_option: Annotated[list[str] | None, typer.Option(help=text("cli-option"))] = None,
    to_option: Annotated[list[str] | None, typer.Option(help=text("cli-option"))] = None,
    losses: Annotated[bool, typer.Option("--losses", help=text("cli-losses"))] = False,
    json: Json = False,
    folders: Folders = None,
) -> None:
    from bridge.cli import convert as command

    one = command.adapter(source, agency, from_option, folders)
    other = command.adapter(target, agency, to_option, folders)
    data = file.read_bytes() if file else sys.stdin.buffer.read()
    raise typer.Exit(command.run(one, other, data, out, losses=losses, as_json=json))


@app.command("test", help=text("cli-test"))
def do_test(
    adapter: Annotated[str, typer.Argument(help=text("cli-adapter"))],
    paths: Annotated[list[Path], typer.Argument(help=text("cli-paths"), exists=True)],
    *,
    agency: Annotated[str | None, typer.Option(help=text("cli-agency"))] = None,
    option: Options = None,
    bless: Annotated[bool, typer.Option("--bless", help=text("cli-bless"))] = False,
    json: Json = False,
    folders: Folders = None,
) -> None:
    from bridge.cli import convert
    from bridge.cli import test as command

    raise typer.Exit(command.run(convert.adapter(adapter, agency, option, folders), paths, bless=bless, as_json=json))


@app.command("new", help=text("cli-new"))
def do_new(
    name: Annotated[str, typer.Argument(help=text("cli-new-name"))],
    samples: Annotated[list[Path], typer.Argument(help=text("cli-new-samples"), exists=True, dir_okay=False)],
    *,
    kind: Annotated[str | None, typer.Option("--type", help=text("cli-new-type"))] = None,
    folder: Annotated[Path, typer.Option(help=text("cli-new-folder"), file_okay=False)] = Path(),
) -> None:
    from bridge.cli import new as command

    raise typer.Exit(command.run(name, samples, kind, folder))


@app.command("conformance", help=text("cli-conformance"))
def do_conformance(
    adapter: Annotated[str | None, typer.Argument(help=text("cli-conformance-adapter"))] = None,
    *,
    samples: Annotated[Path | None, typer.Option(help=text("cli-conformance-samples"), exists=True, file_okay=False)] = None,
    http: Annotated[str | None, typer.Option(help=text("cli-conformance-http"))] = None,
    inlet: Annotated[str | None, typer.Option(help=text("cli-conformance-inlet"))] = None,
    secret: Annotated[str | None, typer.Option(help=text("cli-conformance-secret"), envvar="REGIONBUS_SECRET")] = None,
    ca: Annotated[Path | None, typer.Option(help=text("cli-conformance-ca"), exists=True, dir_okay=False)] = None,
    json: Json = False,
) -> None:
    from bridge.cli import conformance as command

    raise typer.Exit(command.run_command(adapter, samples=samples, http=http, inlet=inlet, secret=secret, ca=ca, as_json=json))


@app.command("adapters", help=text("cli-adapters"))
def do_adapters(
    *, json: Json = False, markdown: Annotated[bool, typer.Option("--markdown", help=text("cli-markdown"))] = False, folders: Folders = None
) -> None:
    from bridge.cli import adapters as command

    command.run(folders or [], as_json=json, markdown=markdown)


@app.command("schemas", help=text("cli-schemas"))
def do_schemas(
    name: Annotated[str | None, typer.Argument(help=text("cli-schema"))] = None,
    *,
    lint: Annotated[bool, typer.Option("--lint", help=text("cli-lint"))] = False,
    publish: Annotated[Path | None, typer.Option(help=text("cli-publish"))] = None,
    settings: Annotated[bool, typer.Option("--settings", help=text("cli-settings-schema"))] = False,
    json: Json = False,
) -> None:
    from bridge.cli import schemas as command

    raise typer.Exit(command.run(name, lint=lint, publish=publish, settings=settings, as_json=json))


@app.command("doctor", help=text("cli-doctor"))
def do_doctor(
    config: Config = Path("regionbus.toml"),
    *,
    listed: Annotated[bool, typer.Option("--list", help=text("cli-doctor-list"))] = False,
    json: Json = False,
) -> None:
    from bridge.cli import doctor as command

    raise typer.Exit(command.listed(as_json=json) if listed else command.run(config, as_json=json))


@app.command("acl", help=text("cli-acl"))
def do_acl(
    config: Config = Path("regionbus.toml"), *, process: Annotated[list[str] | None, typer.Option(help=text("cli-acl-process"))] = None
) -> None:
    from bridge.cli import acl as command

    command.run(config, process or [])


letters = typer.Typer(help=text("cli-dlq"), no_args_is_help=True)
app.add_typer(letters, name="dlq")
Numbers = Annotated[list[int], typer.Argument(help=text("cli-numbers"), min=1)]


@letters.command("list", help=text("cli-dlq-list"))
def do_dlq_list(
    config: Config = Path("regionbus.toml"), *, ended: Annotated[bool, typer.Option("--all", help=text("cli-dlq-all"))] = False, json: Json = False
) -> None:
    from bridge.cli import dlq as command

    command.listed(config, ended=ended, as_json=json)


@letters.command("show", help=text("cli-dlq-show"))
def do_dlq_show(number: Annotated[int, typer.Argument(help=text("cli-numbers"), min=1)], config: Config = Path("regionbus.toml")) -> None:
    from bridge.cli import dlq as command

    raise typer.Exit(command.show(config, number))


@letters.command("retry", help=text("cli-dlq-retry"))
def do_dlq_retry(
    numbers: Annotated[list[int] | None, typer.Argument(help=text("cli-numbers"), min=1)] = None,
    *,
    code: Annotated[str | None, typer.Option(help=text("cli-dlq-code"))] = None,
    config: Config = Path("regionbus.toml"),
) -> None:
    from bridge.cli import dlq as command

    raise typer.Exit(command.retry(config, numbers or [], code))


@letters.command("drop", help=text("cli-dlq-drop"))
def do_dlq_drop(
    numbers: Numbers, *, reason: Annotated[str, typer.Option(help=text("cli-dlq-reason"))], config: Config = Path("regionbus.toml")
) -> None:
    from bridge.cli import dlq as command

    raise typer.Exit(command.drop(config, numbers, reason))


@app.command("trace", help=text("cli-trace"))
def do_trace(
    words: Annotated[str, typer.Argument(help=text("cli-trace-words"))], config: Config = Path("regionbus.toml"), *, json: Json = False
) -> None:
    from bridge.cli import trace as command

    raise typer.Exit(command.run(config, words, as_json=json))


@app.command("drift", help=text("cli-drift"))
def do_drift(
    config: Config = Path("regionbus.toml"), *, since: Annotated[str | None, typer.Option(help=text("cli-drift-since"))] = None, json: Json = False
) -> None:
    from bridge.cli import drift as command

    command.run(config, since, as_json=json)


@app.command("picture", help=text("cli-picture"))
def do_picture(
    config: Config = Path("regionbus.toml"),
    *,
    kind: Annotated[list[str] | None, typer.Option(help=text("cli-picture-kind"))] = None,
    mode: Annotated[str | None, typer.Option(help=text("cli-picture-mode"))] = None,
    near: Annotated[str | None, typer.Option(help=text("cli-picture-near"))] = None,
    within: Annotated[float | None, typer.Option(help=text("cli-picture-within"))] = None,
    bbox: Annotated[str | None, typer.Option(help=text("cli-picture-bbox"))] = None,
    capability: Annotated[str | None, typer.Option(help=text("cli-picture-capability"))] = None,
    family: Annotated[list[str] | None, typer.Option(help=text("cli-picture-family"))] = None,
    grade: Annotated[int | None, typer.Option(help=text("cli-picture-grade"))] = None,
    status: Annotated[list[str] | None, typer.Option(help=text("cli-picture-status"))] = None,
    limit: Annotated[int | None, typer.Option(help=text("cli-picture-limit"))] = None,
    json: Json = False,
    geojson: Annotated[bool, typer.Option("--geojson", help=text("cli-picture-geojson"))] = False,
) -> None:
    from bridge.cli import picture as command

    plain = {"mode": mode, "near": near, "within": within, "bbox": bbox, "capability": capability, "grade": grade, "limit": limit}
    words = {name: [str(value)] for name, value in plain.items() if value is not None}
    words |= {name: values for name, values in (("kind", kind), ("family", family), ("status", status)) if values}
    command.run(config, words, as_json=json, as_geojson=geojson)


@app.command("hubs", help=text("cli-hubs"))
def do_hubs(config: Config = Path("regionbus.toml"), *, json: Json = False) -> None:
    from bridge.cli import hubs as command

    command.run(config, as_json=json)


@app.command("chaos", help=text("cli-chaos"))
def do_chaos(
    *,
    seed: Annotated[int, typer.Option(help=text("cli-seed"))] = 1,
    minutes: Annotated[float, typer.Option(help=text("cli-minutes"), min=0.1)] = 1.0,
    ledger: Annotated[Literal["sqlite", "redis"], typer.Option(help=text("cli-chaos-ledger"))] = "sqlite",
    json: Json = False,
    keep: Annotated[Path | None, typer.Option(help=text("cli-keep"), file_okay=False)] = None,
) -> None:
    from bridge.cli import chaos as command

    raise typer.Exit(command.run(seed=seed, minutes=minutes, ledger=ledger, as_json=json, keep=keep))


@app.command("fuzz", help=text("cli-fuzz"))
def do_fuzz(
    decoders: Annotated[list[str] | None, typer.Argument(help=text("cli-decoders"))] = None,
    *,
    samples: Annotated[Path, typer.Option(help=text("cli-fuzz-samples"), exists=True, file_okay=False)] = Path("tests/golden"),
    count: Annotated[int, typer.Option(help=text("cli-count"), min=1)] = 10_000,
    seed: Annotated[int, typer.Option(help=text("cli-fuzz-seed"))] = 1,
    jobs: Annotated[int, typer.Option(help=text("cli-jobs"), min=1)] = 2,
    keep: Annotated[Path | None, typer.Option(help=text("cli-fuzz-keep"), file_okay=False)] = None,
    json: Json = False,
) -> None:
    from bridge.cli import fuzz as command

    raise typer.Exit(command.run(decoders or [], samples=samples, count=count, seed=seed, jobs=jobs, keep=keep, as_json=json))


def main() -> Any:
    """Runs the command line; an error in settings, or a server that is away, is one sentence, not a traceback."""
    try:
        return app()
    except (ConfigError, Unavailable) as error:
        typer.echo(f"regionbus: {error}", err=True)
        sys.exit(2)
