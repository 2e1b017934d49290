"""Acts for the crash tests, each run in a process of its own against servers that are about to be killed.

`python -m tests.journeys.crash_site prepare` hands in four reports of 112Q1; `… accept CODE` accepts one of them.
"""

import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
django.setup()

from django.core.management import call_command  # noqa: E402

from programs.models import Plan  # noqa: E402
from reports import services  # noqa: E402
from tests import rounds  # noqa: E402
from tests.people import People  # noqa: E402

HANDED_IN = ("MOE", "MODA", "MOL", "NSTC")


def prepare() -> None:
    call_command("load_plan", verbosity=0)
    people = People()
    round_ = rounds.opened(Plan.objects.get(is_managed=True), "112Q1", people)
    for report in round_.reports.filter(organisation__code__in=HANDED_IN).select_related("organisation"):
        rounds.submitted(report, people, value=7)


def accept(code: str) -> None:
    round_ = rounds.round_of(Plan.objects.get(is_managed=True), "112Q1")
    services.accept_report(report=rounds.report_of(round_, code), actor=People().reviewer)


if __name__ == "__main__":
    act, *words = sys.argv[1:]
    if act == "prepare":
        prepare()
    else:
        accept(*words)
