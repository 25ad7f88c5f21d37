"""One line per message or task: key and value, never prose, and nobody's numbers."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO, cast

import structlog

from app.core.masking import HIDDEN, mask_all, names_a_secret


def mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: hide what must not be kept, at any depth."""
    for key, value in event.items():
        event[key] = _masked_under(key, value)
    return event


def _masked_under(key: str, value: Any) -> Any:
    return HIDDEN if names_a_secret(key) else _masked(value)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_all(value)
    if isinstance(value, dict):
        return {mask_all(str(key)): _masked_under(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    text = str(value)
    masked = mask_all(text)
    # A phone number may come as a number; other numbers stay numbers.
    return value if isinstance(value, int | float | None) and masked == text else masked


class StandardError:
    """Wherever standard error goes at the moment of writing: it may be exchanged after a logger was made."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure_logging(log_format: Literal["json", "console"]) -> None:
    """Send everything, our libraries' lines too, through the masking processor to standard error."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
        structlog.processors.format_exc_info,
        mask_event,
    ]
    renderer: structlog.types.Processor = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, StandardError())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(cast(TextIO, StandardError()))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
