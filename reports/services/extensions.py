"""More time is asked for before a report is handed in, while its round is open; an administrator grants or refuses it.

A day that was granted is the report's deadline from then on. What was handed in late stays late.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ministries import clock
from ministries.models import NoticeKind, Organisation, Role, User
from ministries.permissions import Act, may, principal_of, require
from ministries.services import Refused, record_act
from ministries.services.notices import people_of, tell
from reports import typed
from reports.models import Extension, Report
from reports.services.moving import locked_report

State = Extension.State


@transaction.atomic
def ask_extension(*, report: Report, until: date, reason: str, actor: User) -> Extension:
    """Asks that the report be due on `until`; Refused names the field where the day cannot be or the reason lacks."""
    require(actor, Act.ASK_EXTENSION, report.organisation)
    report = locked_report(report)
    _require_wanted(report)
    if report.extensions.filter(state=State.ASKED).exists():
        raise Refused(_("本報告已有展延申請待答復；請俟答復或撤回後，再行申請。"))
    reason, errors = _understood(reason, "reason")
    if not reason:
        errors.setdefault("reason", _("請說明申請展延的理由。"))
    errors |= _errors_of(report, until, "until")
    if until < clock.today():
        errors.setdefault("until", _("申請展延的期限不得早於今日。"))
    if errors:
        raise Refused(_("申請未送出，請更正下列各項。"), errors)
    extension = Extension.objects.create(
        report=report,
        until_asked=until,
        reason=reason,
        asked_at=clock.now(),
        asked_by=actor,
        asked_on_behalf_of=principal_of(actor, Act.ASK_EXTENSION, report.organisation),
    )
    _record(extension, actor, Act.ASK_EXTENSION, {"until": until.isoformat(), "reason": reason})
    secretariat = Organisation.objects.get(is_secretariat=True)
    _tell(
        NoticeKind.EXTENSION_ASKED,
        extension,
        people_of(secretariat, Role.ADMINISTRATOR),
        {"by": actor.name, "said": reason, "due_on": until.isoformat()},
    )
    return extension


@transaction.atomic
def withdraw_extension(*, extension: Extension, actor: User) -> Extension:
    """The ministry takes back what it asked for, as long as it was not answered."""
    require(actor, Act.ASK_EXTENSION, extension.report.organisation)
    extension = _locked(extension)
    extension.state = State.WITHDRAWN
    _mark(extension, "withdrawn", actor, Act.ASK_EXTENSION)
    _record(extension, actor, Act.ASK_EXTENSION, {})
    return extension


def may_answer_extension(extension: Extension, actor: User) -> bool:
    """Whether the role allows it, and it is not what they, or the person in whose name they would answer, asked for."""
    return may(actor, Act.ANSWER_EXTENSION) and not _is_own(extension, actor)


def _is_own(extension: Extension, actor: User) -> bool:
    answering = {actor, principal_of(actor, Act.ANSWER_EXTENSION)} - {None}
    return bool(answering & {extension.asked_by, extension.asked_on_behalf_of})


@transaction.atomic
def answer_extension(
    *, extension: Extension, actor: User, granted: bool, until: date | None = None, words: str = ""
) -> Extension:
    """Grants the report a day (the one asked for where none is given), or refuses with words; told to who asked.

    Nobody answers what they asked for, neither for themselves nor as anybody's deputy.
    """
    require(actor, Act.ANSWER_EXTENSION)
    extension = _locked(extension)
    if _is_own(extension, actor):
        raise Refused(_("申請人不得答復自己的申請，亦不得以代理人身分為之；請由其他有權人員答復。"))
    report = extension.report
    words, errors = _understood(words, "words")
    if granted:
        _require_wanted(report)
        extension.until_granted = until or extension.until_asked
        errors |= _errors_of(report, extension.until_granted, "until")
    elif not words:
        errors.setdefault("words", _("不同意時，請說明理由。"))
    if errors:
        raise Refused(_("尚未答復，請更正下列各項。"), errors)
    extension.state, extension.words = State.GRANTED if granted else State.REFUSED, words
    _mark(extension, "answered", actor, Act.ANSWER_EXTENSION)
    if extension.until_granted:
        report.extended_until = extension.until_granted
        report.save(update_fields=["extended_until"])
    until_granted = extension.until_granted.isoformat() if extension.until_granted else ""
    _record(extension, actor, Act.ANSWER_EXTENSION, {"until": until_granted, "words": words})
    _tell(
        NoticeKind.EXTENSION_ANSWERED,
        extension,
        [each for each in (extension.asked_by, extension.asked_on_behalf_of) if each],
        {
            "by": actor.name,
            "said": words,
            "due_on": report.deadline_on.isoformat(),
            "outcome": {"zh": "同意展延", "en": "Granted"}
            if granted
            else {"zh": "不同意展延", "en": "Refused"},
        },
    )
    return extension


def _locked(extension: Extension) -> Extension:
    """The request as it stands, its report locked first; Refused where it waits for nothing any more."""
    report = locked_report(extension.report)
    found = (
        Extension.objects.select_for_update(of=("self",))
        .select_related("asked_by", "asked_on_behalf_of")
        .get(pk=extension.pk)
    )
    found.report = report
    if found.state != State.ASKED:
        raise Refused(
            _("此申請目前為「%(state)s」，可能已有他人先行處理，請重新整理頁面。")
            % {"state": found.get_state_display()}
        )
    return found


def _require_wanted(report: Report) -> None:
    """More time makes sense until the report is handed in, and only while the round takes entries."""
    round_ = report.reporting_quarter
    if report.first_submitted_at:
        raise Refused(_("報告已送出，是否逾期不再變動，無須展延。"))
    if not round_.takes_entries:
        raise Refused(_("%(quarter)s未開放填報，無從展延。") % {"quarter": round_.quarter.label})


def _errors_of(report: Report, until: date, name: str) -> dict[str, str]:
    if until <= report.deadline_on:
        return {name: _("展延後的期限應晚於現行期限。")}
    if until > report.reporting_quarter.closes_on:
        return {name: _("展延後的期限不得晚於本季截止日。")}
    return {}


def _understood(text: str, name: str) -> tuple[str, dict[str, str]]:
    try:
        return typed.words(text), {}
    except typed.NotUnderstood as why:
        return "", {name: str(why)}


def _mark(extension: Extension, moment: str, actor: User, act: Act) -> None:
    """Saves the request with when it was settled, by whom, and in whose name."""
    setattr(extension, f"{moment}_at", clock.now())
    setattr(extension, f"{moment}_by", actor)
    setattr(extension, f"{moment}_on_behalf_of", principal_of(actor, act, extension.report.organisation))
    extension.save()


def _record(extension: Extension, actor: User, act: Act, detail: dict[str, str]) -> None:
    record_act(
        actor=actor,
        act=act,
        subject=extension,
        organisation=extension.report.organisation,
        detail={"report": extension.report_id, "state": str(extension.state), **detail},
    )


def _tell(kind: NoticeKind, extension: Extension, people: list[User], facts: dict[str, Any]) -> None:
    report = extension.report
    quarter, name = report.reporting_quarter.quarter, report.organisation.name_on()
    tell(
        kind=kind,
        key=f"extension:{extension.pk}",
        people=people,
        facts={
            "about": {
                "zh": f"{name.name_zh}　{quarter.label_zh}填報",
                "en": f"{name.name_en}, report of {quarter.label_en}",
            },
            **facts,
        },
        path=f"/reports/{quarter}/{report.organisation.code}/extension/",
        organisation=report.organisation,
    )
