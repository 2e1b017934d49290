"""Three people are told something an hour ago; in a process of its own, against the test's servers."""

import os
from datetime import timedelta

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
django.setup()

from django.core.management import call_command  # noqa: E402

from ministries import clock, services  # noqa: E402
from ministries.models import NoticeKind  # noqa: E402
from tests.people import People  # noqa: E402

if __name__ == "__main__":
    call_command("load_plan", verbosity=0)
    readers = [People().officer(code) for code in ("NDC", "MOE", "NSTC")]
    with clock.set_to(clock.now() - timedelta(hours=1)):
        services.tell(
            kind=NoticeKind.RETURNED,
            key="returned:1:1",
            people=readers,
            facts={"about": {"zh": "112 年第 1 季", "en": "2023 Q1"}, "said": "請補充計算基礎。"},
            path="/work/",
        )
