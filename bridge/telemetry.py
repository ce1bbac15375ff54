"""Logs for people at 3 a.m.: what happened, to which message, whose turn it is. JSON for machines, plain on a terminal."""

import json
import logging
import sys
from typing import Any

import structlog

from bridge.texts import catalogue, text


def _sentence(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Puts the sentence of the catalogue beside the event's name, in the operator's language."""
    code = f"log-{event['event']}"
    if code in catalogue():
        event["text"] = text(code, None, **event)
    return event


def configure(level: int = logging.INFO, *, plain: bool | None = None) -> None:
    """Sets up logging to standard error; ``plain`` overrides what the terminal suggests."""
    plain = sys.stderr.isatty() if plain is None else plain
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _sentence,
    ]
    last: list[structlog.typing.Processor] = [structlog.dev.ConsoleRenderer()] if plain else [structlog.processors.JSONRenderer(serializer=_dumps)]
    structlog.configure(
        processors=shared + last,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr) if plain else structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def _dumps(event: Any, default: Any) -> bytes:
    return json.dumps(event, default=default, ensure_ascii=False).encode()
