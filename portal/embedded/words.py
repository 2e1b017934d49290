"""What the launcher says to a person stands in two languages: Chinese first, English under it.

Knows nothing about servers.
"""

import sys
from typing import NoReturn


class Refusal(Exception):
    """Something that the launcher will not do, told as what is wrong, where, and how to mend it.

    Ends the program with exit code 2 and both texts, never with a stack trace.
    """

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")


def say(zh: str, en: str) -> None:
    """Print one message in both languages at once, also when the output goes to a file."""
    print(f"{zh}\n{en}", flush=True)


def complain(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def refuse(zh: str, en: str) -> NoReturn:
    raise Refusal(zh, en)
