"""What the demonstration is made of stands in one file; whatever is left to chance has a chance of its own.

What is drawn for one thing changes nothing that is drawn for another.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

PARAMETERS = Path(settings.BASE_DIR) / "fixtures" / "demonstration.yaml"

Words = Mapping[str, Any]


def parameters() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(PARAMETERS.read_text(encoding="utf-8"))
    return read


def own_chance(chosen: Words, *words: object) -> random.Random:
    """Chance of a thing's own, which the words name."""
    return random.Random(" ".join(str(word) for word in (chosen["seed"], *words)))


def happens(own: random.Random, percent: float) -> bool:
    return own.uniform(0, 100) < percent
