"""Logs, set up in one place: readable or JSON, each line with what it is about, and none with a credential.

The standard library does it: structlog takes 80 ms to import, and each command would pay for it.
"""

import json
import logging
import os
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from marketing_pipeline.domain.log_context import ids
from marketing_pipeline.settings.redaction import redacted
from marketing_pipeline.settings.service import SettingsInvalid

OURS = "marketing_pipeline"
_LEVELS = ("debug", "info", "warning", "error")
_IDS = "ids"
# Text from outside may hold what moves a terminal's cursor or colours its words.
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)]) | {ord("\t"): "\t", ord("\n"): "\n"}


class LogFormat(StrEnum):
    """How a line is written."""

    READABLE = "readable"
    JSON = "json"


def log_format(environ: Mapping[str, str] | None = None) -> LogFormat:
    """MARKETING_LOG_FORMAT, readable where it is not set. Raises SettingsInvalid."""
    given = (os.environ if environ is None else environ).get("MARKETING_LOG_FORMAT", "").strip()
    try:
        return LogFormat(given or LogFormat.READABLE)
    except ValueError as error:
        raise SettingsInvalid(f"MARKETING_LOG_FORMAT is {given!r}.", "Write readable or json.") from error


def log_level(default: int, environ: Mapping[str, str] | None = None) -> int:
    """MARKETING_LOG_LEVEL as a level of `logging`. Raises SettingsInvalid."""
    given = (os.environ if environ is None else environ).get("MARKETING_LOG_LEVEL", "").strip().lower()
    if given and given not in _LEVELS:
        raise SettingsInvalid(f"MARKETING_LOG_LEVEL is {given!r}.", f"Write {', '.join(_LEVELS)}.")
    return logging.getLevelNamesMapping()[given.upper()] if given else default


def set_up_logs(default: int = logging.INFO, environ: Mapping[str, str] | None = None) -> None:
    """Write what this process logs to its standard error. The first call of a process decides.

    `default` is the level of our own lines where MARKETING_LOG_LEVEL sets none; libraries are heard from warnings on.
    Raises SettingsInvalid.
    """
    root = logging.getLogger()
    if any(isinstance(handler, _ToStandardError) for handler in root.handlers):
        return
    level = log_level(default, environ)
    handler = _ToStandardError()
    as_json = log_format(environ) is LogFormat.JSON
    handler.setFormatter(JsonLines() if as_json else ReadableLines(traces=level < logging.WARNING))
    logging.getLogger(OURS).setLevel(level)
    root.addHandler(handler)
    guard_records()


def guard_records() -> None:
    """See that every record of this process, whoever logs it and wherever it goes, is named and redacted.

    A filter would only guard the handlers that have it; Dagster brings its own.
    """
    made = logging.getLogRecordFactory()
    if getattr(made, "guards", False):
        return

    def guarded(*given: Any, **named: Any) -> logging.LogRecord:
        record = made(*given, **named)
        record.__dict__[_IDS] = ids()
        _without_credentials(record)
        return record

    guarded.guards = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(guarded)


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, the ids that are known, and an error with its trace."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().translate(_CONTROLS),
            **_ids_of(record),
        }
        trace = _trace(record)
        return json.dumps({**line, "error": trace} if trace else line, ensure_ascii=False)


class ReadableLines(logging.Formatter):
    """Time in UTC, level, logger, message, ids: one line for people.

    Of an error's trace the last line follows, or with `traces` all of it.
    """

    def __init__(self, *, traces: bool) -> None:
        super().__init__()
        self._traces = traces

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        named = " ".join(f"{name}={value}" for name, value in _ids_of(record).items())
        # A line that text from outside makes up must not pass for one of ours.
        message = record.getMessage().translate(_CONTROLS).replace("\n", "\n    ")
        line = f"{at:%Y-%m-%d %H:%M:%S} {record.levelname:7} {record.name.removeprefix(OURS + '.')}: {message}"
        trace = _trace(record)
        told = trace if self._traces else trace.rpartition("\n")[2]
        return f"{line}{f' [{named}]' if named else ''}" + (f"\n{told}" if told else "")


class _ToStandardError(logging.Handler):
    """Whatever standard error is at that moment: Dagster and tests replace it while the process runs."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def _ids_of(record: logging.LogRecord) -> Mapping[str, str]:
    return record.__dict__.get(_IDS, {})


def _without_credentials(record: logging.LogRecord) -> None:
    try:
        message = record.getMessage()
    except (TypeError, ValueError):
        return  # the handler tells of arguments that do not fit
    clean = redacted(message)
    if clean != message:
        record.msg, record.args = clean, ()
    trace = _trace(record)
    if trace and (told := redacted(trace)) != trace:
        record.exc_info, record.exc_text = None, told


def _trace(record: logging.LogRecord) -> str:
    if record.exc_text:
        return record.exc_text
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    return "".join(traceback.format_exception(record.exc_info[1])).rstrip()
