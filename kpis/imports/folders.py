"""A folder of YAML files is one plan, a lone file is read by itself; organisations are shared by all of them.

Reading names every problem of every file. It does not know the database: what is there already is handed in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from kpis.imports.checking import Checker, Known
from kpis.imports.checks import check_organisations, check_plan
from kpis.imports.problems import Place, PlanFilesRefused, Problem
from kpis.imports.reader import read_file
from kpis.imports.records import FileRecord, OrganisationRecord, TransferRecord

PLAN_FILE = "plan.yaml"
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class PlanSources:
    """What the files say, free of problems: shared organisations, and plans in the order of their beginning."""

    organisations: tuple[OrganisationRecord, ...] = ()
    function_transfers: tuple[TransferRecord, ...] = ()
    plans: tuple[FileRecord, ...] = ()


def read_sources(paths: Sequence[Path], known: Known) -> PlanSources:
    """Reads files and folders; raises PlanFilesRefused with every problem found in any of them.

    `known` says what exists already, so that a plan may be read without the files it builds on.
    """
    check = Checker()
    groups = [group for path in paths for group in _read_group(path, check)]
    organisations = tuple(each for group in groups for each in group.organisations)
    transfers = tuple(each for group in groups for each in group.function_transfers)
    plans = [group for group in groups if _about_a_plan(group)]
    check_organisations(check, organisations, transfers, known)
    check.once([group.plan for group in plans if group.plan], lambda plan: plan.code, "code")
    codes = {each.code for each in organisations} | known.organisations
    pillars: dict[str, Collection[str]] = dict(known.pillars_of_plans)
    pillars |= {group.plan.code: {each.code for each in group.pillars} for group in plans if group.plan}
    for group in plans:
        check_plan(check, group, codes, pillars)
    if check.problems:
        raise PlanFilesRefused(check.problems)
    return PlanSources(organisations, transfers, tuple(_in_order(plans)))


def _in_order(plans: Sequence[FileRecord]) -> list[FileRecord]:
    """Earlier plans first, for later ones refer to them."""
    return sorted(plans, key=lambda group: group.plan.starts_on if group.plan else date.min)


def plan_folders(folder: Path) -> list[Path]:
    """The paths of a folder that holds plans: its organisations first, then every folder with a plan in it."""
    shared = folder / "organisations.yaml"
    plans = sorted(each.parent for each in folder.glob(f"*/{PLAN_FILE}"))
    return [*([shared] if shared.exists() else []), *plans]


def _read_group(path: Path, check: Checker) -> list[FileRecord]:
    """The records of a file, or of all files of a folder as one; nothing where nothing could be read."""
    files = [path]
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if each.suffix in SUFFIXES)
    if not files:
        check.problems.append(Problem(Place(path), "", _("資料夾內沒有 YAML 檔案。")))
    readings = [read_file(file) for file in files]
    for reading in readings:
        check.problems += reading.problems
        check.broken |= reading.broken
        check.anything |= reading.record is None
    records = [reading.record for reading in readings if reading.record]
    if not records:
        return []
    group = _merged(records, check)
    sound = not any(reading.problems for reading in readings)
    if sound and group.plan is None and _about_a_plan(group):
        message = _("內容屬於一個計畫，但沒有 plan；請載入整個資料夾，或補上 plan。")
        check.problems.append(Problem(Place(path), "plan", message))
    return [group]


def _merged(records: Iterable[FileRecord], check: Checker) -> FileRecord:
    """The records as one; what may stand once (the plan, its expected counts) is a problem where it stands twice."""
    first, *others = records
    merged = first
    for record in others:
        for each in fields(FileRecord):
            ours, theirs = getattr(merged, each.name), getattr(record, each.name)
            if isinstance(ours, tuple):
                merged = replace(merged, **{each.name: ours + theirs})
            elif each.name in ("plan", "expected_counts") and theirs is not None:
                if ours is not None:
                    check.complain(theirs, each.name, _("同一資料夾內只能有一個。"))
                merged = replace(merged, **{each.name: theirs})
    return merged


def _about_a_plan(group: FileRecord) -> bool:
    shared = ("at", "document", "organisations", "function_transfers", "plan")
    return any(getattr(group, each.name) for each in fields(FileRecord) if each.name not in shared)
