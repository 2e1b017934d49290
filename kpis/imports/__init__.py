"""Plan files become validated records or a complete list of problems; nothing here saves anything."""

from kpis.imports.checking import Known
from kpis.imports.folders import PlanSources, plan_folders, read_sources
from kpis.imports.problems import PlanFilesRefused, Problem

__all__ = ["Known", "PlanFilesRefused", "PlanSources", "Problem", "plan_folders", "read_sources"]
