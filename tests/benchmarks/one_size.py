"""One size is loaded and measured by a process of its own, in a database of its own, so that no size disturbs another.

Writes what it found as JSON; fails where a stored figure differs from its recomputation after all measures.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import django


def main(arguments: Sequence[str]) -> int:
    """Arguments: the size's name, the file to write, repeats (0: the usual), names of measures (none: all)."""
    django.setup()
    # Models can be imported only now.
    from kpis.services import rollups
    from tests.benchmarks import floors, loading, synthetic
    from tests.benchmarks.measures import Bench

    name, out, repeats, *only = arguments
    size = synthetic.SIZES[name]
    began = time.monotonic()
    loading.load(size)
    tell(f"{name}: {size.facts:,} facts, loaded in {time.monotonic() - began:.0f} s")
    floors.prepare()
    found = []
    for measured in Bench(size, int(repeats) or None).measured(set(only)):
        tell(f"{name}: {measured.name} {measured.ours_ms:,.1f} ms")
        found.append(asdict(measured))
        Path(out).write_text(json.dumps(found), encoding="utf-8")
    differences = list(islice(rollups.differences(), 5))
    for difference in differences:
        tell(f"{name}: {difference}")
    verdict = "figures DIFFER from their" if differences else "every figure equals its"
    tell(f"{name}: {verdict} recomputation; {time.monotonic() - began:.0f} s in all")
    return 1 if differences else 0


def tell(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
