"""What notices say in a letter: their sentences, days and names, in the language that is active.

It knows neither who is told nor when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from ministries import clock
from ministries.calendars import roc_date_short
from ministries.models import Notice, NoticeKind

LINES_NAMED = 20
"""A longer list of lines is cut, and says how many more there are."""

SENTENCES: Mapping[NoticeKind, str | Promise] = {
    NoticeKind.DUE_SOON: gettext_lazy("填報內容尚未送出，請於期限前完成。"),
    NoticeKind.DUE_TODAY: gettext_lazy("今日為填報期限，填報內容尚未送出。"),
    NoticeKind.OVERDUE: gettext_lazy("已逾填報期限，填報內容尚未送出，請儘速補報。"),
    NoticeKind.RETURNED: gettext_lazy("執行秘書室已退回填報內容，請補正後再行送出。"),
    NoticeKind.CORRECTION_CANCELLED: gettext_lazy("執行秘書室已取消更正，原核定內容不變，無須補正。"),
    NoticeKind.SIGN_OFF_ASKED: gettext_lazy("填報內容已備妥，請核稿。"),
    NoticeKind.SENT_BACK: gettext_lazy("核稿人已退回填報內容，請修正。"),
    NoticeKind.SUBMITTED: gettext_lazy("填報內容已送出。"),
    NoticeKind.LINES_MOVED: gettext_lazy("因權責變更，填報項目已移轉至另一機關之報告。"),
    NoticeKind.MENTIONED: gettext_lazy("留言中提及您。"),
    NoticeKind.COORDINATION: gettext_lazy("有須貴機關協調之事項。"),
    NoticeKind.EXTENSION_ASKED: gettext_lazy("填報機關申請展延填報期限，請審核。"),
    NoticeKind.EXTENSION_ANSWERED: gettext_lazy("展延填報期限之申請已有審核結果。"),
    NoticeKind.CHANGE_PROPOSED: gettext_lazy("有計畫修正申請待審核。"),
    NoticeKind.CHANGE_DECIDED: gettext_lazy("計畫修正申請已有審核結果。"),
    NoticeKind.DECISION_MADE: gettext_lazy("新增列管事項，請依期限辦理。"),
    NoticeKind.DECISION_DUE: gettext_lazy("列管事項應辦理或回報進度。"),
    NoticeKind.PUBLICATION_ASKED: gettext_lazy("有待確認之公布提案，請預覽後決定。"),
    NoticeKind.PUBLICATION_TOLD: gettext_lazy("公布提案已有結果。"),
    NoticeKind.DEPUTY_NAMED: gettext_lazy("代理人設定已有異動。"),
    NoticeKind.ACCOUNT: gettext_lazy("您的帳號有異動，請開啟以下連結。"),
}


@dataclass(frozen=True)
class Item:
    """One notice in a letter. `more` counts the lines that are not named; every text may be empty."""

    label: str
    sentence: str
    deadline: str
    by: str
    said: str
    outcome: str
    remark: str
    lines: tuple[str, ...]
    more: int


@dataclass(frozen=True)
class Group:
    """The notices that lead to one page; `title` says what the page is about, `url` is absolute."""

    title: str
    url: str
    items: tuple[Item, ...]


def groups(notices: Iterable[Notice]) -> list[Group]:
    """The notices by the page to which they lead, in the order in which they were noted."""
    by_path: dict[str, list[Notice]] = {}
    for notice in notices:
        by_path.setdefault(notice.path, []).append(notice)
    return [
        Group(_title(told), address(path), tuple(_item(each) for each in told))
        for path, told in by_path.items()
    ]


def subject(told: list[Group]) -> str:
    """One line that says what is in the letter: the one thing, or the first and how many there are."""
    first, count = told[0], sum(len(group.items) for group in told)
    what = first.items[0].label
    pattern = _("【管考】%(what)s") if first.title == what else _("【管考】%(what)s：%(about)s")
    words = pattern % {"what": what, "about": first.title}
    if count > 1:
        words = ngettext("%(first)s，共 %(count)d 項通知", "%(first)s，共 %(count)d 項通知", count) % {
            "first": words,
            "count": count,
        }
    return " ".join(words.split())[:200]


def address(path: str) -> str:
    """The page's absolute address in the active language."""
    language = get_language() or settings.LANGUAGE_CODE
    prefix = "" if language == settings.LANGUAGE_CODE else f"/{language}"
    return f"{settings.SITE_URL.rstrip('/')}{prefix}{path}"


def written_day(day: date) -> str:
    """`112/04/10` in Chinese, `2023-04-10` in English."""
    return roc_date_short(day) if _in_chinese() else day.isoformat()


def _title(notices: list[Notice]) -> str:
    """What the first notice that says so is about; else the kind's name."""
    about = next((found for each in notices if (found := _text(each.facts.get("about")))), "")
    return about or str(NoticeKind(notices[0].kind).label)


def _item(notice: Notice) -> Item:
    facts = notice.facts
    lines = [text for each in facts.get("lines", ()) if (text := _text(each))]
    kind = NoticeKind(notice.kind)
    return Item(
        label=str(kind.label),
        sentence=str(SENTENCES[kind]),
        deadline=_deadline(facts.get("due_on")),
        by=_text(facts.get("by")),
        said=_text(facts.get("said")),
        outcome=_text(facts.get("outcome")),
        remark=_text(facts.get("remark")),
        lines=tuple(lines[:LINES_NAMED]),
        more=max(0, len(lines) - LINES_NAMED),
    )


def _deadline(due_on: Any) -> str:
    """How many days are left today, not when it was noted."""
    if not due_on:
        return ""
    day = date.fromisoformat(due_on)
    left = (day - clock.today()).days
    words = {"day": written_day(day), "days": abs(left)}
    if left > 0:
        return ngettext("期限 %(day)s，尚餘 %(days)d 日", "期限 %(day)s，尚餘 %(days)d 日", left) % words
    if left < 0:
        return ngettext("期限 %(day)s，已逾 %(days)d 日", "期限 %(day)s，已逾 %(days)d 日", -left) % words
    return _("期限 %(day)s，即今日") % words


def _text(told: Any) -> str:
    """A text, or the active language's half of a pair; the Chinese where no English was written."""
    if isinstance(told, Mapping):
        told = (told.get("zh") if _in_chinese() else told.get("en")) or told.get("zh") or told.get("en")
    return str(told) if told else ""


def _in_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")
