"""The command ``regionbus``. Every command imports what it needs when it is called: help comes at once."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.errors import ConfigError
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
def do_doctor(config: Config = Path("regionbus.toml"), *, json: Json = False) -> None:
    from bridge.cli import doctor as command

    raise typer.Exit(command.run(config, as_json=json))


def main() -> Any:
    """Runs the command line; an error in settings is one sentence, not a traceback."""
    try:
        return app()
    except ConfigError as error:
        typer.echo(f"regionbus: {error}", err=True)
        sys.exit(2)
