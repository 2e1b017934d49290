"""One report on one page: read by everybody who may, filled in by its ministry, decided by the secretariat.

The page keeps what was typed: whatever a service refuses is shown again as it came, with the reason at its field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ministries.permissions import Act, may, scope_of
from ministries.services import Refused
from programs.quarters import Quarter
from reports import checks, forms, selectors, services, shown, typed
from reports.contents import LineContent, LineEntry, SaveResult
from reports.forms import LineForm, TypedLine
from reports.models import Line, Report
from reports.selectors import LineExtras, LineRow, ReportPage
from reports.services.copying import Copied
from reports.views import decisions, review_parts
from reports.views.access import actor_of, reads, writes
from reports.workflow import Audience, Deed

UNPROCESSABLE, CONFLICT = 422, 409


@dataclass(frozen=True)
class Reply:
    """What became of a posted page: the lines to show as typed, errors per line, versions saved by somebody else.

    `strays` are texts (with their labels) typed into lines that left the report meanwhile.
    """

    typed: Mapping[int, TypedLine] = field(default_factory=dict)
    errors: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    conflicts: Mapping[int, Line] = field(default_factory=dict)
    refusal: str = ""
    saved: int = 0
    strays: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Difference:
    """One field in which two versions differ: what was typed, and what somebody else saved."""

    name: str
    label: str
    mine: str
    theirs: str


@dataclass(frozen=True)
class Clash:
    """Two versions of one line: what was typed stands in the fields, the other is what somebody saved meanwhile."""

    line: Line
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class PageLine:
    """A line as the template draws it: to fill in (`form`), or to read (`compared`)."""

    row: LineRow
    form: LineForm | None
    clash: Clash | None
    figures: tuple[shown.Shown, ...]
    words: tuple[shown.Shown, ...]
    before: tuple[shown.Shown, ...]
    before_money: tuple[shown.Shown, ...]
    extras: LineExtras
    review: review_parts.LineReview | None = None


@reads()
def report(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    found = selectors.report_for(actor=actor_of(request), quarter=quarter, organisation_code=organisation)
    return render_report(request, found, Reply())


@reads()
def receipt(request: HttpRequest, quarter: Quarter, organisation: str, serial: int) -> HttpResponse:
    """What was handed in, when, by whom, and the digest that stands for it; for whoever sees the report's lines."""
    actor = actor_of(request)
    found = selectors.report_for(actor=actor, quarter=quarter, organisation_code=organisation)
    page = selectors.receipt_page(report=found, serial=serial, actor=actor)
    lines = [(line.line, shown.compared(line.line, line.content, None), line.revision) for line in page.lines]
    return render(request, "reports/receipt.html", {"page": page, "lines": lines})


@writes
def save(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Saves the good lines; the others come back as they were typed."""
    found = selectors.report_for(actor=actor_of(request), quarter=quarter, organisation_code=organisation)
    reply, status = _saved(request, found)
    if status:
        return render_report(request, found, reply, status)
    if reply.saved:
        messages.success(request, _("已儲存 %(count)d 項。") % {"count": reply.saved})
    else:
        messages.info(request, _("內容沒有變動，無需儲存。"))
    return redirect("report", quarter, organisation)


@writes
def save_line(request: HttpRequest, quarter: Quarter, organisation: str, line: int) -> HttpResponse:
    """One line as it is being typed: answers with what is to be said of it, never with its fields."""
    typed_line: TypedLine | None = None

    def read(held: Line) -> LineEntry | None:
        nonlocal typed_line
        typed_line = forms.read_line(held, request.POST)
        wanted = typed_line is not None and typed_line.is_touched and not typed_line.errors
        return typed_line.entry if typed_line and wanted else None

    try:
        held, result = services.save_line(
            quarter=quarter, organisation_code=organisation, line_id=line, read=read, actor=actor_of(request)
        )
    except Refused as refused:
        context = {"line_id": line, "refusal": refused.message}
        return render(request, "reports/line_refused.html", context, status=CONFLICT)
    errors = result.errors.get(line) or (typed_line.errors if typed_line else {})
    conflict = line in result.conflicts
    context = {
        "said": _said_of(held, typed_line, errors),
        "clash": _clash(held, typed_line) if conflict and typed_line else None,
        "saved": bool(result.saved),
    }
    status = CONFLICT if conflict else UNPROCESSABLE if errors else 200
    return render(request, "reports/line_saved.html", context, status=status)


def _said_of(line: Line, typed_line: TypedLine | None, errors: Mapping[str, str]) -> PageLine:
    """The line's form with errors and remarks upon what now stands in it."""
    context = selectors.contexts_of([line])[line.pk]
    content = LineContent.of(line)
    row = LineRow(line, content, None, context.previous, tuple(checks.findings(content, line, context)), None)
    form = forms.line_form(
        line,
        typed_line=typed_line if errors else None,
        errors=errors,
        remarks=row.findings,
        names_others=False,
    )
    return PageLine(row, form, None, (), (), (), (), LineExtras())


@writes
def copy_forward(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Saves what is on the page, then fills what is still empty with last quarter's accepted words."""
    actor = actor_of(request)
    found = selectors.report_for(actor=actor, quarter=quarter, organisation_code=organisation)
    reply, status = _saved(request, found)
    if status:
        return render_report(request, found, reply, status)
    try:
        copied = services.copy_forward(report=found, actor=actor, line_ids=_chosen_keys(request))
    except Refused as refused:
        return render_report(request, found, Reply(refusal=refused.message, saved=reply.saved), CONFLICT)
    if copied:
        messages.success(request, _copied_words(copied))
    else:
        messages.info(request, _("上季核定內容沒有可帶入的文字，或各欄均已填寫。"))
    return redirect("report", quarter, organisation)


def _copied_words(copied: Copied) -> str:
    """「已自上季核定內容帶入 2 項：○○（辦理情形、因應對策）；○○（辦理情形）。」"""
    told = _("；").join(
        _("%(line)s（%(fields)s）")
        % {
            "line": shown.subject_name(line),
            "fields": _("、").join(str(forms.LABELS[name]) for name in names),
        }
        for line, names in copied
    )
    return _("已自上季核定內容帶入 %(count)d 項：%(lines)s。請檢視後修正。") % {
        "count": len(copied),
        "lines": told,
    }


@writes
def sign(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """The approver's sign-off of the lines named by `line`, of all that are written where none is."""
    actor = actor_of(request)
    found = selectors.report_for(actor=actor, quarter=quarter, organisation_code=organisation)
    try:
        services.sign_report(report=found, actor=actor, lines=_chosen_keys(request))
    except Refused as refused:
        return _refused(request, found, refused)
    messages.success(request, _("已核稿。"))
    return redirect("report", quarter, organisation)


@writes
def ask_for_sign_off(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Saves what is on the page, then tells the approvers that it is ready."""
    actor = actor_of(request)
    found = selectors.report_for(actor=actor, quarter=quarter, organisation_code=organisation)
    reply, status = _saved(request, found)
    if status:
        return render_report(request, found, reply, status)
    try:
        services.ask_for_sign_off(report=found, actor=actor)
    except Refused as refused:
        return _refused(request, found, refused, saved=reply.saved)
    messages.success(request, _("已送交核稿，並通知核稿人。"))
    return redirect("report", quarter, organisation)


@writes
def send_back(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Back to the officer with a comment, before anything is handed in."""
    actor = actor_of(request)
    found = selectors.report_for(actor=actor, quarter=quarter, organisation_code=organisation)
    comment = request.POST.get("comment", "")
    try:
        services.send_back(report=found, actor=actor, comment=comment, lines=_chosen_keys(request))
    except Refused as refused:
        return _refused(request, found, refused, comment)
    messages.success(request, _("已退回填報人。"))
    return redirect("report", quarter, organisation)


@writes
def recall(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Takes back what was handed in, as long as nobody has decided on it."""
    actor = actor_of(request)
    found = selectors.report_for(actor=actor, quarter=quarter, organisation_code=organisation)
    try:
        services.recall_report(report=found, actor=actor)
    except Refused as refused:
        return _refused(request, found, refused)
    messages.success(request, _("已撤回送出，可繼續修改。"))
    return redirect("report", quarter, organisation)


def _chosen_keys(request: HttpRequest) -> set[int] | None:
    """The keys of the ticked lines, 0 for what is no key; None where the form ticks none."""
    ticked = request.POST.getlist("line")
    return {typed.key(each) or 0 for each in ticked} if ticked else None


def _refused(
    request: HttpRequest, found: Report, refused: Refused, comment: str = "", saved: int = 0
) -> HttpResponse:
    """The page again, with what is wrong at its line or at the comment as it was typed."""
    reply = Reply(errors=_by_line(refused.errors), refusal=refused.message, saved=saved)
    context = {"comment": comment, "comment_error": refused.errors.get("comment", "")}
    return render_report(request, found, reply, UNPROCESSABLE if refused.errors else CONFLICT, context)


def _at_lines(refused: Refused) -> dict[str, str]:
    return {name: message for name, message in refused.errors.items() if name.startswith("line-")}


@writes
def submit(request: HttpRequest, quarter: Quarter, organisation: str) -> HttpResponse:
    """Saves what is on the page (none with `as_saved`), then hands the report in; what lacks is said at its field."""
    actor = actor_of(request)
    found = selectors.report_for(actor=actor, quarter=quarter, organisation_code=organisation)
    reply = Reply()
    if "as_saved" not in request.POST:
        reply, status = _saved(request, found)
        if status:
            return render_report(request, found, reply, status)
    try:
        services.submit_report(report=found, actor=actor)
    except Refused as refused:
        return _refused(request, found, refused, saved=reply.saved)
    messages.success(request, _("報告已送出，執行秘書室將進行審查。"))
    return redirect("report", quarter, organisation)


def _saved(request: HttpRequest, found: Report) -> tuple[Reply, int]:
    """The reply to a posted page, and the status to show it with; 0 where everything was saved."""
    lines = list(selectors.lines_of(found))
    selectors.with_stages(lines)
    page, strays = forms.read_page(lines, request.POST), forms.strays(lines, request.POST)
    touched = {pk: line for pk, line in page.items() if line.is_touched}
    understood = [line.entry for line in touched.values() if not line.errors]
    try:
        result = services.save_lines(report=found, entries=understood, actor=actor_of(request))
    except Refused as refused:
        errors = {pk: line.errors for pk, line in touched.items() if line.errors}
        return Reply(typed=touched, errors=errors, refusal=refused.message, strays=strays), CONFLICT
    if not forms.is_page(request.POST):
        return Reply(refusal=_("沒有收到表單內容，未作任何變動；請重新開啟報告後再試。")), UNPROCESSABLE
    reply, status = _reply_to(touched, result)
    return (replace(reply, strays=strays), CONFLICT) if strays else (reply, status)


def _reply_to(touched: Mapping[int, TypedLine], result: SaveResult) -> tuple[Reply, int]:
    errors = {**{pk: line.errors for pk, line in touched.items() if line.errors}, **result.errors}
    kept = {pk: line for pk, line in touched.items() if pk in errors or pk in result.conflicts}
    reply = Reply(typed=kept, errors=errors, conflicts=result.conflicts, saved=len(result.saved))
    if result.conflicts:
        return reply, CONFLICT
    return reply, UNPROCESSABLE if errors else 0


def _by_line(errors: Mapping[str, str]) -> dict[int, dict[str, str]]:
    """`line-7-value` → {7: {"value": …}}; what is said of anything but a line is left out."""
    found: dict[int, dict[str, str]] = {}
    for name, message in errors.items():
        kind, pk, *column = name.split("-", 2)
        if kind == "line":
            found.setdefault(int(pk), {})["-".join(column)] = message
    return found


def render_report(
    request: HttpRequest,
    found: Report,
    reply: Reply,
    status: int = 200,
    extra: Mapping[str, object] | None = None,
    posted: review_parts.Posted | None = None,
) -> HttpResponse:
    """The report's page; `posted` is what a reviewer typed on it, where that is to be shown again."""
    actor = actor_of(request)
    if status != 200:
        found = selectors.report_for(
            actor=actor,
            quarter=found.reporting_quarter.quarter,
            organisation_code=found.organisation.code,
        )
    page = selectors.report_page(found, actor)
    shows_lines = found.shows_lines_to(actor)
    fills = may(actor, Act.FILL_REPORT, found.organisation) and page.is_open
    signs = may(actor, Act.SIGN_REPORT, found.organisation) and page.is_open
    deeds = page.deeds
    editing = fills and page.takes_entries
    review = review_parts.of_page(page, actor, posted) if shows_lines and not editing else None
    lines = {row.line.pk: _page_line(row, reply, fills and row.takes_entries, review) for row in page.rows}
    context = {
        "page": page,
        "groups": _groups(page, lines) if shows_lines else [],
        "decisions": decisions.in_report(page.report, actor, editing=fills),
        "shows_lines": shows_lines,
        "editing": editing,
        "can_sign": signs and Deed.SIGN in deeds,
        "can_send_back": signs and Deed.SEND_BACK in deeds,
        "can_submit": may(actor, Act.SUBMIT_REPORT, found.organisation)
        and page.is_open
        and Deed.SUBMIT in deeds,
        "can_recall": may(actor, Act.SUBMIT_REPORT, found.organisation)
        and page.is_open
        and Deed.RECALL in deeds,
        "reply": reply,
        "error_lines": [
            line for line in lines.values() if line.form and (line.form.has_errors or line.clash)
        ],
        "review": review,
        "audience": Audience.SECRETARIAT if scope_of(actor).allows(Act.READ_DASHBOARD) else Audience.MINISTRY,
        "can_correct": page.is_published and may(actor, Act.REVIEW_REPORT),
        **(extra or {}),
    }
    return render(request, "reports/report.html", context, status=status)


def _clash(line: Line, typed_line: TypedLine) -> Clash:
    """Field by field, as each version would stand in the inputs; what is chosen from a list in its words."""
    stored = forms.texts_of(line)
    choices = {**forms.choices_of(line), "stage_id": tuple(shown.stage_choices(line.indicator))}

    def in_words(name: str, text: str) -> str:
        known = dict(choices.get(name, ()))
        return str(known.get(text, text))

    differing = [name for name, text in typed_line.texts.items() if text.strip() != stored[name]]
    return Clash(
        line,
        tuple(
            Difference(
                name,
                str(forms.LABELS[name]),
                in_words(name, typed_line.texts[name]),
                in_words(name, stored[name]),
            )
            for name in differing
        ),
    )


def _groups(page: ReportPage, lines: Mapping[int, PageLine]) -> list[tuple[str, str, list[PageLine]]]:
    titled = (
        ("indicators", pgettext("section", "指標"), page.indicators),
        ("programs", pgettext("section", "計畫"), page.programs),
        ("milestones", pgettext("section", "查核點"), page.milestones),
        ("sub-items", pgettext("section", "未列計畫之子項"), page.sub_items),
    )
    return [(anchor, title, [lines[row.line.pk] for row in rows]) for anchor, title, rows in titled if rows]


def _page_line(
    row: LineRow,
    reply: Reply,
    editing: bool,
    review: review_parts.ReviewParts | None,
) -> PageLine:
    line = row.line
    typed_line = reply.typed.get(line.pk)
    conflict = reply.conflicts.get(line.pk)
    form = None
    if editing or typed_line:
        form = forms.line_form(
            line,
            stages=shown.stage_choices(line.indicator),
            unit=shown.unit_of(line.indicator),
            typed_line=typed_line,
            errors=reply.errors.get(line.pk),
            remarks=row.findings if line.revision else (),
        )
    compared = () if form or row.content is None else shown.compared(line, row.content, row.previous)
    return PageLine(
        row=row,
        form=form,
        clash=_clash(line, typed_line) if conflict and typed_line else None,
        figures=tuple(each for each in compared if each.is_figure),
        words=tuple(each for each in compared if not each.is_figure),
        before=shown.brief(line, row.previous),
        before_money=shown.brief_money(line, row.previous),
        extras=row.extras,
        review=review.lines.get(line.pk) if review else None,
    )
