"""The audit log in words: the one table of what its records are called, and what an entry's detail says, old and new.

An act's words stand beside the acts (`ministries.permissions.ACT_NAMES`). It reads no database: entries come with
their people, and organisations with their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from ministries.clock import TAIPEI
from ministries.models import AuditEntry, AuditSeal, Organisation
from ministries.permissions import ACT_NAMES, Act
from programs.models import RevisionGround
from programs.models.changes import ReleaseGround
from programs.models.progress import Accountability, Confidence, DelayKind
from reports.forms import LABELS, in_chinese
from reports.models import Extension, LineStatement, Outlook, PublicationProposal, ReportState
from reports.models.decisions import DecisionStep
from reports.models.programs import RequestState
from reports.people_wording import done
from reports.selectors.rounds import PUBLICATION_DEEDS
from reports.workflow import Deed

SUBJECTS: dict[str, Promise] = {
    "ministries.user": lazy("帳號"),
    "ministries.membership": lazy("角色"),
    "ministries.deputyship": lazy("代理"),
    "ministries.letter": lazy("通知信"),
    "ministries.calendarfeed": lazy("行事曆"),
    "ministries.organisation": lazy("機關"),
    "programs.plan": lazy("行動計畫"),
    "programs.program": lazy("計畫"),
    "programs.programpart": lazy("分項"),
    "programs.responsibility": lazy("權責"),
    "programs.planchange": lazy("計畫內容變更"),
    "kpis.indicator": lazy("指標"),
    "reports.report": lazy("季填報"),
    "reports.line": lazy("填報項目"),
    "reports.linecomment": lazy("留言"),
    "reports.coordinationneed": lazy("須協調事項"),
    "reports.evidence": lazy("佐證"),
    "reports.extension": lazy("展延申請"),
    "reports.reportingquarter": lazy("季別"),
    "reports.programrevision": lazy("計畫修正"),
    "reports.programrelease": lazy("解除列管"),
    "reports.targetproposal": lazy("目標變更"),
    "reports.decision": lazy("列管事項"),
    "reports.decisionprogress": lazy("列管事項辦理情形"),
}
"""What an entry is about, by the label of its model; a type that is not here is shown as its label."""

FIELD_WORDS: dict[str, Promise] = {
    **LABELS,
    "address": lazy("來源位址"),
    "email": lazy("電子郵件"),
    "method": lazy("方法"),
    "path": lazy("網址路徑"),
    "status": lazy("回應代碼"),
    "lines": lazy("填報項目"),
    "line": lazy("填報項目"),
    "reports": lazy("季填報"),
    "report": lazy("季填報"),
    "revision": lazy("版次"),
    "state": lazy("狀態"),
    "deed": lazy("動作"),
    "step": lazy("動作"),
    "comment": lazy("意見"),
    "words": lazy("說明"),
    "reason": lazy("理由"),
    "ground": lazy("理由"),
    "opens_on": lazy("開放日"),
    "due_on": lazy("期限"),
    "closes_on": lazy("截止日"),
    "until": lazy("展延至"),
    "reopened": lazy("重新開放"),
    "program": lazy("計畫"),
    "indicator": lazy("指標"),
    "target": lazy("目標"),
    "effective_from": lazy("適用季別"),
    "milestones": lazy("查核點"),
    "decision": lazy("列管事項"),
    "evidence": lazy("佐證"),
    "file": lazy("檔案"),
    "url": lazy("網址"),
    "sha256": lazy("摘要值"),
    "digest": lazy("摘要值"),
    "infected": lazy("病毒"),
    "scanner": lazy("掃描程式"),
    "mentions": lazy("提及人員"),
    "sign_off": lazy("內部核稿"),
    "second_review": lazy("複審"),
    "language": lazy("語言"),
    "timings": lazy("通知時機"),
    "calendar": lazy("行事曆"),
    "text": lazy("文字"),
    "meeting": lazy("會議"),
    "meeting_on": lazy("會議日期"),
    "organisation": lazy("機關"),
    "of": lazy("須協調機關"),
    "due_quarter": lazy("應完成季別"),
    "background": lazy("背景說明"),
    "co_owners": lazy("協辦機關"),
    "sub_item": lazy("子項"),
    "outlook": lazy("辦理建議"),
    "expected_on": lazy("預定完成日期"),
    "entries": lazy("筆數"),
    "format": lazy("檔案格式"),
    "asked": lazy("查詢條件"),
    "publication": lazy("公布作業"),
    "not_before": lazy("公布時間"),
    "because": lazy("原因"),
    "proposed_by": lazy("提案人"),
    "confirmed_by": lazy("確認人"),
}
_STATES = {**dict(Extension.State.choices), **dict(RequestState.choices), **dict(ReportState.choices)}
DEEDS: dict[Deed, Promise] = {
    Deed.SIGN: lazy("核稿"),
    Deed.SEND_BACK: lazy("退回補正"),
    Deed.SUBMIT: lazy("送出"),
    Deed.RECALL: lazy("收回"),
    Deed.ENDORSE: lazy("初審通過"),
    Deed.ACCEPT: lazy("核定"),
    Deed.RETURN: lazy("退回"),
    Deed.REOPEN: lazy("重新開放填報"),
    Deed.WITHDRAW: lazy("撤回核定"),
    Deed.CANCEL: lazy("取消更正"),
}
VALUE_WORDS: dict[str, Mapping[str, Any]] = {
    "state": _STATES,
    "deed": {**{str(deed): words for deed, words in DEEDS.items()}, "propose": lazy("提案"), **_STATES},
    "step": dict(DecisionStep.Act.choices),
    "outlook": dict(Outlook.choices),
    "evidence": {"added": lazy("已附加"), "removed": lazy("已移除")},
    "coordination": {"asked": lazy("提出"), "withdrawn": lazy("撤回")},
    "publication": PUBLICATION_DEEDS,
    "because": dict(PublicationProposal.Because.choices),
    "ground": {**dict(RevisionGround.choices), **dict(ReleaseGround.choices)},
    "statement": dict(LineStatement.choices),
    "confidence": dict(Confidence.choices),
    "delay_kind": dict(DelayKind.choices),
    "accountability": dict(Accountability.choices),
}
_ABOUT_PEOPLE = frozenset({Act.MANAGE_PEOPLE, Act.NAME_DEPUTY})


@dataclass(frozen=True)
class Fact:
    """One thing that an entry says: a field, its new content, and the old where it was another. All are words."""

    label: str
    now: str
    before: str | None = None

    def __str__(self) -> str:
        said = self.now if self.before is None else f"{self.before} → {self.now}"
        return _("%(label)s：%(said)s") % {"label": self.label, "said": said} if self.label else said


@dataclass(frozen=True)
class Told:
    """An entry as page and file say it."""

    entry: AuditEntry
    who: str
    act: str
    organisation: str
    organisation_code: str
    subject: str
    facts: tuple[Fact, ...]
    seal: AuditSeal | None


def told(entry: AuditEntry, organisations: Mapping[int, Organisation]) -> Told:
    """`organisations` by primary key, with their names: an entry says the one of its day."""
    organisation = organisations.get(entry.organisation_id or 0)
    return Told(
        entry=entry,
        who=str(entry.actor) if entry.actor else _nobody(entry),
        act=act_words(entry.act),
        organisation=name_on_its_day(organisation, entry) if organisation else "",
        organisation_code=organisation.code if organisation else "",
        subject=subject_words(entry.subject_type),
        facts=tuple(facts_of(entry)),
        seal=getattr(entry, "seal", None),
    )


def act_words(act: str) -> str:
    return str(ACT_NAMES[Act(act)]) if act in set(Act) else act


def subject_words(subject_type: str) -> str:
    return str(SUBJECTS.get(subject_type, subject_type))


def name_on_its_day(organisation: Organisation, entry: AuditEntry) -> str:
    name = organisation.name_on(entry.at.astimezone(TAIPEI).date())
    return name.short_zh if in_chinese() else name.short_en or name.short_zh


def _nobody(entry: AuditEntry) -> str:
    return _("未登入者") if entry.act == Act.SIGN_IN_FAILED else _("系統")


# --- detail ---------------------------------------------------------------------------------------------------
def facts_of(entry: AuditEntry) -> list[Fact]:
    """What the entry says besides its columns."""
    if entry.act in _ABOUT_PEOPLE:
        sentence = done(entry)
        if sentence != act_words(entry.act):
            return [Fact("", sentence)]
    return list(_facts(entry.detail, ""))


def _facts(detail: Mapping[str, Any], within: str) -> Iterator[Fact]:
    if "from" in detail and "to" in detail:
        yield from _changes(detail["from"], detail["to"], within)
    for key, said in detail.items():
        if key in ("from", "to") and "from" in detail and "to" in detail:
            continue
        if key == "changed" and isinstance(said, dict):
            for name, (old, new) in ((name, pair) for name, pair in said.items() if _is_pair(pair)):
                yield _fact(name, new, within, old)
        elif key == "lines" and isinstance(said, list) and all(isinstance(each, dict) for each in said):
            yield from _lines(said)
        elif isinstance(said, dict):
            yield from _facts(said, _label(key, within))
        elif said in (None, "", []):
            continue
        else:
            yield _fact(key, said, within)


def _changes(old: Any, new: Any, within: str) -> Iterator[Fact]:
    """`{"from": …, "to": …}`: of several fields, or of the state alone."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            yield _fact(name, new.get(name), within, old.get(name))
    else:
        yield _fact("state", new, within, old)


def _lines(lines: list[dict[str, Any]]) -> Iterator[Fact]:
    """Each line under its heading."""
    for line in lines:
        about = {"line": line.get("line", ""), "revision": line.get("revision", "")}
        yield Fact("", _("項目 %(line)s 第 %(revision)s 版") % about)
        yield from _facts({key: each for key, each in line.items() if key not in about}, "")


def _fact(key: str, new: Any, within: str, *old: Any) -> Fact:
    before = _words(key, old[0]) if old else None
    return Fact(_label(key, within), _words(key, new), before)


def _label(key: str, within: str) -> str:
    label = str(FIELD_WORDS.get(key, key))
    return f"{within} {label}" if within else label


def _words(key: str, said: Any) -> str:
    if said in (None, "", [], {}):
        return "—"
    if isinstance(said, bool):
        return _("是") if said else _("否")
    if isinstance(said, list):
        return _("、").join(_words(key, each) for each in said)
    if isinstance(said, dict):
        return _("、").join(str(fact) for fact in _facts(said, ""))
    return str(VALUE_WORDS.get(key, {}).get(str(said), said))


def _is_pair(said: Any) -> bool:
    return isinstance(said, list) and len(said) == 2
