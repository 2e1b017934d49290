"""Acts for the test of the clock, each run in a process of its own.

`python -m tests.journeys.turning_site prepare` plans a round whose days are running and leaves one open whose last day
has passed; `… beat FILE` is the product's beat in a hurry: it rings every second.
"""

import os
import sys
from datetime import datetime, time, timedelta

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
django.setup()

from django.core.management import call_command  # noqa: E402

from ministries import clock  # noqa: E402
from portal.celery import app  # noqa: E402
from programs.models import Plan  # noqa: E402
from reports import services  # noqa: E402
from reports.models import ReportingQuarter  # noqa: E402
from tests import rounds  # noqa: E402

ENDED, RUNNING = "112Q1", "112Q2"


def prepare() -> None:
    call_command("load_plan", verbosity=0)
    plan = Plan.objects.get(is_managed=True)
    today = clock.today()
    ended = rounds.round_of(plan, ENDED)
    with clock.set_to(datetime.combine(ended.opens_on, time(9), clock.TAIPEI)):
        assert services.turn_quarters().opened == (ended.quarter,)
    ReportingQuarter.objects.filter(pk=rounds.round_of(plan, RUNNING).pk).update(
        opens_on=today - timedelta(days=1), due_on=today, closes_on=today + timedelta(days=1)
    )


def beat(schedule: str) -> None:
    app.conf.beat_schedule = {"turn-quarters": {**app.conf.beat_schedule["turn-quarters"], "schedule": 1.0}}
    app.Beat(schedule=schedule, loglevel="WARNING", quiet=True).run()


if __name__ == "__main__":
    act, *words = sys.argv[1:]
    if act == "prepare":
        prepare()
    else:
        beat(*words)
