"""Every part of the design in every state on one page, so that a change is seen everywhere before it is landed.

The page is the administrator's; its samples are made here and come from no database.
"""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kpis.charts import Bullet
from kpis.models.figures import Light
from ministries import clock
from ministries.permissions import Act
from reports.views.access import reads
from reports.workflow import LABELS, Audience, State

TONES = ("success", "info", "warning", "error")


class SampleForm(forms.Form):
    """One field of each kind, some of them optional."""

    name = forms.CharField(label=gettext_lazy("計畫名稱"), max_length=20)
    value = forms.IntegerField(
        label=gettext_lazy("實際"), required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    day = forms.DateField(
        label=gettext_lazy("預定完成日期"),
        input_formats=["%Y-%m-%d"],
        help_text=gettext_lazy("例如 2026-10-10。"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("類別"), choices=[(tone, tone) for tone in TONES])
    text = forms.CharField(
        label=gettext_lazy("說明"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    agreed = forms.BooleanField(label=gettext_lazy("已閱讀"), required=False)


def _bullets() -> list[Bullet]:
    """Behind, reached, within a range, not known, and a rank that sets out from somewhere."""
    words = {"words": _("子彈圖")}
    return [
        Bullet(actual="62.50", expected="70.00", target="96.15", target_max=None, **words),
        Bullet(actual="96.15", expected="80.00", target="96.15", target_max=None, **words),
        Bullet(actual="38.46", expected="50.48", target="57.69", target_max="96.15", **words),
        Bullet(actual=None, expected="48.00", target="96.15", target_max=None, **words),
        Bullet(actual="66.00", expected=None, target="90.00", target_max=None, start="33.00", **words),
    ]


@reads(Act.GOVERN_PLAN)
def components(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    filled = {"name": _("臺灣 AI 行動計畫"), "value": "8000", "day": "2026-10-10", "kind": "info"}
    context = {
        "lights": [*Light.values, ""],
        "states": [(state, LABELS[state][Audience.MINISTRY]) for state in State],
        "tones": TONES,
        "bullets": _bullets(),
        "form": SampleForm(filled, auto_id="id_good_%s"),
        "refused": SampleForm({"name": "x" * 21, "value": "12,5", "day": "2026-13-45"}, auto_id="id_bad_%s"),
        "series": range(1, 7),
        "heats": range(1, 6),
        "page": Paginator(range(2000), 50).page(3),
        "days": [date(2023, 4, 7), today, today + timedelta(days=3)],
        "long": _("國家科學及技術委員會科技辦公室") * 4,
    }
    return render(request, "components.html", context)
