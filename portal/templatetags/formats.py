"""Figures, dates and lights look the same on every page: this is the one place that turns values into words.

Chinese pages put the calendar of the Republic of China first and the Western one in the title or in brackets,
English pages the other way round. Nothing is rounded before it comes here. It knows no models but the light's words.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kpis.models.figures import Light
from ministries.calendars import roc_date, roc_date_short, roc_year
from ministries.clock import TAIPEI
from programs.quarters import Quarter

register = template.Library()

NOTHING = "—"
SHAPES = {Light.GREEN: "●", Light.YELLOW: "▲", Light.RED: "■", Light.GREY: "○"}


def in_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def _rounded(value: Decimal, places: int) -> str:
    """`value` with thousands separators, rounded half up as people do by hand, with a real minus sign."""
    text = f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"
    return text.replace("-", "−")


def _decimal(value: Any) -> Decimal | None:
    """The number that `value` is, exactly; None where it is none or nothing."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    return value if isinstance(value, Decimal) else Decimal(str(value))


@register.filter
def number(value: Any, places: Any = None) -> str:
    """`8000` → `8,000`; a decimal keeps the digits that it has unless `places` says how many. None is a dash."""
    exact = _decimal(value)
    if exact is None:
        return NOTHING
    if places in (None, ""):
        exact = exact.normalize()
        places = max(0, -int(exact.as_tuple().exponent))
    return _rounded(exact, int(places))


@register.filter
def percent(share: Any) -> str:
    """A share as whole percents: `0.853` → `85%`. A decimal appears where whole percents would say 0 or 100 wrongly."""
    exact = _decimal(share)
    if exact is None:
        return NOTHING
    points = exact * 100
    whole = points.quantize(Decimal(1), ROUND_HALF_UP)
    misleading = (whole in (0, 100)) and whole != points
    return f"{_rounded(points, 1 if misleading else 0)}%"


@register.filter
def points(share: Any) -> str:
    """A difference of shares in percentage points, with its sign: `-0.082` → `−8`."""
    exact = _decimal(share)
    if exact is None:
        return NOTHING
    text = _rounded(exact * 100, 0 if abs(exact) >= Decimal("0.01") or not exact else 1)
    return f"+{text}" if exact > 0 else text


@register.filter
def money(amount: Any) -> str:
    """New Taiwan dollars: `1,234,000 元`, in English `NT$1,234,000`. In tables the unit belongs into the header."""
    exact = _decimal(amount)
    if exact is None:
        return NOTHING
    return f"{number(exact)} 元" if in_chinese() else f"NT${number(exact)}"


@register.filter
def local(record: Any, field: str) -> str:
    """`record.<field>_zh` or `record.<field>_en` by the page's language; the Chinese where no English was written."""
    if record is None:
        return ""
    chinese = str(getattr(record, f"{field}_zh", "") or "")
    if in_chinese():
        return chinese
    return str(getattr(record, f"{field}_en", "") or "") or chinese


@register.filter
def in_brackets(value: Any) -> SafeString:
    """After a word: `（人次）`, in English ` (trainings)`."""
    return format_html("（{}）" if in_chinese() else " ({})", value)


@register.simple_tag
def day(value: date | datetime | None, style: str = "") -> SafeString | str:
    """A date in a `<time>`. `style`: "" hides the other calendar in the title, "both" prints it, "short" is for tables."""
    if value is None:
        return NOTHING
    when = timezone.localtime(value, TAIPEI).date() if isinstance(value, datetime) else value
    roc, western = roc_date(when), f"{when.day} {when:%B} {when.year}"
    if style == "short":
        roc, western = roc_date_short(when), when.isoformat()
    first, second = (roc, when.isoformat()) if in_chinese() else (western, f"ROC {roc_date_short(when)}")
    return _time(when.isoformat(), first, second, both=style == "both")


@register.filter
def short_day(value: date | None) -> str:
    """A date as plain words, short, for attributes and headings."""
    if value is None:
        return NOTHING
    return roc_date_short(value) if in_chinese() else value.isoformat()


@register.simple_tag
def moment(value: datetime | None) -> SafeString | str:
    """A moment in Taipei to the minute, in a `<time>`."""
    if value is None:
        return NOTHING
    when = timezone.localtime(value, TAIPEI)
    roc, western = f"{roc_date_short(when.date())} {when:%H:%M}", f"{when:%Y-%m-%d %H:%M}"
    first, second = (roc, western) if in_chinese() else (western, f"ROC {roc}")
    return _time(when.isoformat(timespec="minutes"), first, second, both=False)


@register.simple_tag
def quarter(value: Quarter | str | None, style: str = "") -> SafeString | str:
    """A quarter in a `<time>` of its first month (HTML has no quarters). `style`: "both" prints the other calendar."""
    if not value:
        return NOTHING
    this = Quarter.parse(value) if isinstance(value, str) else value
    other = this.label_en if in_chinese() else f"ROC {roc_year(this.year)} Q{this.number}"
    return _time(f"{this.first_day:%Y-%m}", this.label, other, both=style == "both")


@register.simple_tag
def year_name(value: int) -> SafeString:
    """A Western year number in both calendars' `<time>`: `112 年` in Chinese, `2023` in English."""
    roc = f"{roc_year(value)} 年"
    first, second = (roc, str(value)) if in_chinese() else (str(value), f"ROC {roc_year(value)}")
    return _time(str(value), first, second, both=False)


@register.filter
def year_label(value: int) -> str:
    """A Western year number as plain words, for options."""
    return f"{roc_year(value)} 年" if in_chinese() else str(value)


@register.filter
def quarter_label(value: Quarter | str | None) -> str:
    """A quarter as plain words, for titles, options and headings of charts."""
    if not value:
        return NOTHING
    return (Quarter.parse(value) if isinstance(value, str) else value).label


@register.simple_tag
def quarter_code(value: Quarter) -> str:
    """A quarter as short as it can be said, for narrow columns: `112Q1`, in English `2023 Q1`."""
    return value.code if in_chinese() else value.label_en


def _time(machine: str, first: str, second: str, *, both: bool) -> SafeString:
    if both:
        pattern = "{}（{}）" if in_chinese() else "{} ({})"
        first, second = pattern.format(first, second), ""
    if not second:
        return format_html('<time datetime="{}">{}</time>', machine, first)
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, second, first)


@register.simple_tag
def light(value: str | None) -> SafeString:
    """A light is a shape, a word and a colour together; where the target allows none, words say so."""
    if not value:
        return format_html('<span class="light light-none">{}</span>', _("不評燈號"))
    known = Light(value)
    return format_html(
        '<span class="light light-{}"><span class="light-shape" aria-hidden="true">{}</span>{}</span>',
        known.value,
        SHAPES[known],
        known.label,
    )


@register.simple_tag
def coverage(stated: int | None, owed: int | None) -> SafeString | str:
    """How many of the statements that are due have been accepted, as `k/n`; marked where incomplete."""
    if stated is None or owed is None:
        return NOTHING
    words = _("應報 %(owed)s 筆，已核定 %(stated)s 筆") % {"owed": owed, "stated": stated}
    css = "coverage" if stated >= owed else "coverage coverage-incomplete"
    return format_html('<span class="{}" title="{}">{}/{}</span>', css, words, stated, owed)


@register.inclusion_tag("partials/sort_header.html", takes_context=True)
def sort_header(
    context: RequestContext, key: str, label: str, numeric: bool = False, fragment: str = ""
) -> dict[str, Any]:
    """A sortable column's `<th>`: its link sorts by `key`, or turns the order round where that is the order now.

    The order lives in the address as `?sort=key` or `?sort=-key`; the page number is dropped with it. `fragment`
    names the table's heading, so that a long page is shown again where it was. A page that answers an act says in
    `sorted_at` which address shows its tables.
    """
    query = context["request"].GET.copy()
    current = query.get("sort", "")
    order = {key: "ascending", f"-{key}": "descending"}.get(current, "none")
    query["sort"] = f"-{key}" if current == key else key
    query.pop("page", None)
    url = f"{context.get('sorted_at', '')}?{query.urlencode()}{'#' if fragment else ''}{fragment}"
    return {"label": label, "order": order, "url": url, "numeric": numeric}
