"""Trace context (W3C), carried in any case; and spans of OpenTelemetry, if the extra ``otel`` is there and an endpoint is named.

Whether there are spans is decided once, when a function is made: without them it is the function itself, and costs nothing.
"""

import os
import re
from collections.abc import Callable, Iterable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""The variable that names it."""
STATED = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
Done = TypeVar("Done", bound=Callable[..., Any])
Parents = Callable[..., Iterable[str | None]]


def stated(words: str | None) -> str | None:
    """A ``traceparent`` as a source states it; nothing if it is none (Trace Context section 3.2)."""
    return words if words and STATED.fullmatch(words) else None


def _tracer() -> Any:
    if not os.environ.get(ENDPOINT):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "regionbus")}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("regionbus")


TRACER = _tracer()


def spanned(name: str, of: Parents | None = None) -> Callable[[Done], Done]:
    """Has a function's calls seen as spans. ``of`` gives the contexts of what a call works on: of one the parent, of several links."""
    if TRACER is None:
        return lambda done: done

    def wrap(done: Done) -> Done:
        @wraps(done)
        async def later(*given: Any, **named: Any) -> Any:
            with _span(name, of(*given, **named) if of else ()):
                return await done(*given, **named)

        @wraps(done)
        def now(*given: Any, **named: Any) -> Any:
            with _span(name, of(*given, **named) if of else ()):
                return done(*given, **named)

        return later if iscoroutinefunction(done) else now  # type: ignore[return-value]

    return wrap


def _span(name: str, stated: Iterable[str | None]) -> Any:
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    extract = TraceContextTextMapPropagator().extract
    found = [extract({"traceparent": words}) for words in stated if words]
    if len(found) == 1:
        return TRACER.start_as_current_span(name, context=found[0])
    links = [trace.Link(trace.get_current_span(each).get_span_context()) for each in found]
    return TRACER.start_as_current_span(name, links=links)


def current() -> str | None:
    """The context of the span at work; nothing without spans."""
    if TRACER is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")
