"""What a person types is checked here, whole, before anything is done; a mistake costs exit code 2 and one message.

Knows the words of the command line, not how they are carried out.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from portal.embedded import checks
from portal.embedded.manage import manage
from portal.embedded.processes import ROOT
from portal.embedded.run import RunOptions, run
from portal.embedded.words import Refusal, complain, refuse

DEFAULT_DATA = ROOT / "build" / "data"
DEFAULT_PORT = 8000


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints have both languages and no usage dump."""

    def error(self, message: str) -> NoReturn:
        refuse(
            f"命令列有誤：{message}。用法請見 ./dev --help",
            f"Wrong command line: {message}. See ./dev --help",
        )


def main(arguments: Sequence[str]) -> int:
    """Carry out one command line of `./dev`; returns the exit code."""
    try:
        return _carry_out(arguments)
    except Refusal as refusal:
        complain(str(refusal))
        return 2
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        where = error.filename or ""
        complain(f"作業系統拒絕：{where} {error.strerror}\nThe system refused: {where} {error.strerror}")
        return 2


def _carry_out(arguments: Sequence[str]) -> int:
    before, rest = _split(arguments)
    options = before.parse_args(arguments[: len(arguments) - len(rest)])
    data = Path(options.data) if options.data else DEFAULT_DATA
    command, *own = rest or [""]
    if command == "run":
        return run(_run_options(own, data))
    if command == "manage":
        return manage(data, own)
    if command == "test":
        return checks.test(own)
    if command == "lint":
        return checks.lint()
    if command == "bench":
        return checks.bench(own)
    if command == "screenshots":
        return checks.screenshots(own)
    before.error(f"unknown command {command!r}")


def _split(arguments: Sequence[str]) -> tuple[_Parser, list[str]]:
    """The parser of what stands before the command, and the command with all that follows it, untouched."""
    parser = _Parser(prog="./dev", allow_abbrev=False)
    parser.add_argument("--data")
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        position += 2 if arguments[position] == "--data" else 1
    return parser, list(arguments[position:])


def _run_options(arguments: Sequence[str], data: Path) -> RunOptions:
    parser = _Parser(prog="./dev run", allow_abbrev=False)
    parser.add_argument("--port", default=str(DEFAULT_PORT), help="1-65535")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", default=str(data), help="資料夾 folder of the database, queue and files")
    parser.add_argument("--no-demo", action="store_true", help="不產生示範資料 no demonstration data")
    options = parser.parse_args(arguments)
    return RunOptions(Path(options.data), options.host, _port(options.port), demo=not options.no_demo)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        refuse(
            f"連接埠「{text}」不是 1 到 65535 的整數。例如 --port 8001。",
            f"The port “{text}” is not a whole number from 1 to 65535. For example: --port 8001.",
        )
    return int(text)
