"""A folder of YAML files is one plan, a lone file is read by itself; organisations, and checks, are shared by all of them.

Reading names every problem of every file. It does not know the database: what is there already is handed in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from kpis.imports.checking import Checker, Known
from kpis.imports.checks import check_decided, check_organisations, check_plan
from kpis.imports.problems import Place, PlanFilesRefused, Problem
from kpis.imports.reader import read_file
from kpis.imports.records import FileRecord, OrganisationRecord, TransferRecord
from kpis.imports.standard_checks import check_rules
from kpis.imports.standard_records import CheckRuleRecord

PLAN_FILE = "plan.yaml"
SHARED_FILES = ("organisations.yaml", "check-rules.yaml")
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class PlanSources:
    """What the files say, free of problems: what plans share, and plans in the order of their beginning."""

    organisations: tuple[OrganisationRecord, ...] = ()
    function_transfers: tuple[TransferRecord, ...] = ()
    check_rules: tuple[CheckRuleRecord, ...] = ()
    plans: tuple[FileRecord, ...] = ()


def read_sources(paths: Sequence[Path], known: Known) -> PlanSources:
    """Reads files and folders; raises PlanFilesRefused with every problem found in any of them.

    `known` says what exists already, so that a plan may be read without the files it builds on.
    """
    check = Checker()
    groups = [group for files in _groups_of_files(paths, check) for group in _read_group(files, check)]
    organisations = tuple(each for group in groups for each in group.organisations)
    transfers = tuple(each for group in groups for each in group.function_transfers)
    plans = sorted((group for group in groups if _about_a_plan(group)), key=_beginning)
    check_organisations(check, organisations, transfers, known)
    rules = tuple(each for group in groups if not _about_a_plan(group) for each in group.check_rules)
    check_rules(check, rules, None)
    check.once([group.plan for group in plans if group.plan], lambda plan: plan.code, "code")
    codes = {each.code for each in organisations} | known.organisations
    earlier: dict[str, Collection[str]] = dict(known.pillars_of_plans)
    for group in plans:
        check_plan(check, group, codes, earlier)
        if group.plan:
            check_decided(check, group, known.decided_of_plans.get(group.plan.code, frozenset()))
            earlier[group.plan.code] = {each.code for each in group.pillars}
    if check.problems:
        raise PlanFilesRefused(check.problems)
    return PlanSources(organisations, transfers, rules, tuple(plans))


def _beginning(group: FileRecord) -> date:
    """Earlier plans come first, for later ones refer to them."""
    return group.plan.starts_on if group.plan else date.max


def plan_folders(folder: Path) -> list[Path]:
    """The paths of a folder that holds plans: what they share first, then every folder with a plan in it."""
    shared = [folder / name for name in SHARED_FILES]
    plans = sorted(each.parent for each in folder.glob(f"*/{PLAN_FILE}"))
    return [*(each for each in shared if each.exists()), *plans]


def _groups_of_files(paths: Sequence[Path], check: Checker) -> list[list[Path]]:
    """The files to be read as one: those of a folder, or those named of one folder, with the plan they belong to."""
    groups: dict[Path, dict[Path, None]] = {}
    for path in _spread(paths):
        folder = path if path.is_dir() else path.parent
        whole = path.is_dir() or (folder / PLAN_FILE).exists()
        files = sorted(each for each in folder.iterdir() if each.suffix in SUFFIXES) if whole else []
        if path.is_dir() and not files:
            check.problems.append(Problem(Place(path), "", _("資料夾內沒有 YAML 檔案。")))
        groups.setdefault(folder.resolve(), {}).update(
            dict.fromkeys(files if path.is_dir() else [*files, path])
        )
    return [list(files) for files in groups.values()]


def _spread(paths: Sequence[Path]) -> Iterator[Path]:
    """A folder of plans is as good as naming each of them."""
    for path in paths:
        folders = plan_folders(path) if path.is_dir() and not (path / PLAN_FILE).exists() else []
        yield from folders or [path]


def _read_group(files: Sequence[Path], check: Checker) -> list[FileRecord]:
    """The records of all the files as one; nothing where nothing could be read."""
    readings = [read_file(file) for file in files]
    for reading in readings:
        check.problems += reading.problems
        check.broken |= reading.broken
        check.anything |= reading.record is None
    records = [reading.record for reading in readings if reading.record]
    if not records:
        return []
    group = _merged(records, check)
    if group.plan is None and _about_a_plan(group):
        check.anything = True  # without the rest of the plan no reference can be judged
        if not any(reading.problems for reading in readings):
            message = _("內容屬於一個計畫，但沒有 plan；請載入整個資料夾，或補上 plan。")
            check.problems.append(Problem(Place(files[0]), "plan", message))
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
    """Rules of checks belong to the plan that they stand beside, or else to every plan."""
    shared = ("at", "document", "organisations", "function_transfers", "check_rules")
    return any(getattr(group, each.name) for each in fields(FileRecord) if each.name not in shared)
