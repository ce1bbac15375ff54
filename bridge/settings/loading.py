"""From the file to the settings; a wrong word names its line and the nearest right one."""

from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_settings import SettingsError

from bridge.errors import ConfigError
from bridge.settings.checks import CHECKS
from bridge.settings.files import opened, resolved
from bridge.settings.hub import Settings
from bridge.toml import Place, Toml, nearest


def load(path: Path, *, secrets: bool = True) -> Settings:
    """The settings in a file; ``ConfigError`` says what is wrong, on which line, and what was probably meant. ``secrets``: passwords are read from their files."""
    toml = Toml(path)
    try:
        settings = Settings(**toml.content)
    except ValidationError as error:
        raise _wrong(toml, error) from None
    except SettingsError as error:
        raise ConfigError(f"the environment: {error}") from None
    for check in CHECKS:
        check(settings, toml)
    found = settings.model_copy(update=resolved(settings, path.parent))
    return found.model_copy(update=opened(found, path.parent)) if secrets else found


def _wrong(toml: Toml, error: ValidationError) -> ConfigError:
    flaws = error.errors(include_url=False)
    flaw = next((each for each in flaws if each["type"] == "extra_forbidden"), flaws[0])  # a misspelt word explains a missing one
    place: Place = tuple(flaw["loc"])
    if flaw["type"] != "extra_forbidden":
        return toml.wrong(place, flaw["msg"].removeprefix("Value error, "))
    return toml.wrong(place, f"there is no such setting; {nearest(str(place[-1]), _known(place[:-1]))}")


def _known(place: Place) -> list[str]:
    """The right words at a place."""
    model: Any = Settings
    for step in place:
        if isinstance(step, str) and step in model.model_fields:
            annotation = model.model_fields[step].annotation
            model = (get_args(annotation) or (annotation,))[0]
    return list(model.model_fields)
