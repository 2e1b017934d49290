"""Working addresses: nouns are pages, verbs are POST sub-paths; who may is said by the services."""

from django.urls import path, register_converter
from django.urls.converters import IntConverter, StringConverter

from programs.quarters import QuarterConverter
from reports.decision_numbers import DecisionNumberConverter
from reports.views import (
    audit,
    coordination,
    correcting,
    decisions,
    deputies,
    explaining,
    extensions,
    finding,
    governing,
    lines,
    meeting,
    notices,
    people,
    previews,
    programs,
    publications,
    quarters,
    reporting,
    reviewing,
    rules,
    secretariat,
    targets,
    work,
)


class CodeConverter(StringConverter):
    """A record's code in an address: whatever the database can hold as text."""

    regex = r"[^/\x00]+"


class AnswerConverter(StringConverter):
    """How somebody answers a request."""

    regex = "approve|refuse"


class SheetConverter(StringConverter):
    """The ending of a spreadsheet."""

    regex = "csv|xlsx"


class ListConverter(StringConverter):
    """The ending of a working list as a file."""

    regex = "csv|ods|xlsx"


class DrawnConverter(StringConverter):
    """The ending of bullet bars that are kept."""

    regex = "csv|svg"


class KindConverter(StringConverter):
    """A kind of records, as `app.model`."""

    regex = r"[a-z]+\.[a-z]+"


register_converter(SheetConverter, "sheet")
register_converter(ListConverter, "list")
register_converter(DrawnConverter, "drawn")
register_converter(KindConverter, "kind")
register_converter(QuarterConverter, "quarter")


class KeyConverter(IntConverter):
    """A primary key: no more digits than the database can hold."""

    regex = "[0-9]{1,18}"


register_converter(KeyConverter, "key")
register_converter(CodeConverter, "code")
register_converter(AnswerConverter, "answer")
register_converter(DecisionNumberConverter, "decision")

_REPORT = "reports/<quarter:quarter>/<slug:organisation>/"
_PERSON = "people/<int:person>/"
_LINE = _REPORT + "lines/<int:pk>/"
_PROGRESS = _REPORT + "decisions/<decision:number>/"
_DECISION = "decisions/<decision:number>/"
_QUARTER = "quarters/<quarter:quarter>/"
_TARGET = "targets/<code:code>/"
_PROGRAM = "programs/<code:code>/"

urlpatterns = [
    path("work/", work.work, name="work"),
    path("work/search/", finding.find, name="work-search"),
    path(_REPORT, reporting.report, name="report"),
    path(_REPORT + "lines/<key:line>/save/", reporting.save_line, name="report-line-save"),
    path(_REPORT + "receipts/<key:serial>/", reporting.receipt, name="receipt"),
    path(_REPORT + "save/", reporting.save, name="report-save"),
    path(_REPORT + "sign/", reporting.sign, name="report-sign"),
    path(_REPORT + "sign/ask/", reporting.ask_for_sign_off, name="report-ask-sign-off"),
    path(_REPORT + "send-back/", reporting.send_back, name="report-send-back"),
    path(_REPORT + "recall/", reporting.recall, name="report-recall"),
    path(_REPORT + "copy-forward/", reporting.copy_forward, name="report-copy-forward"),
    path(_REPORT + "submit/", reporting.submit, name="report-submit"),
    path(_REPORT + "accept/", reviewing.accept, name="report-accept"),
    path(_REPORT + "return/", reviewing.return_, name="report-return"),
    path(_REPORT + "reopen/", reviewing.reopen, name="report-reopen"),
    path(_REPORT + "withdraw/", reviewing.withdraw, name="report-withdraw"),
    path("coordination/<int:need>/", coordination.need, name="coordination-need"),
    path("preferences/", notices.preferences, name="preferences"),
    path("preferences/save/", notices.save_preferences, name="preferences-save"),
    path("preferences/calendar/", notices.renew_calendar, name="calendar-renew"),
    path("calendar/<slug:token>.ics", notices.calendar, name="calendar"),
    path("letters/", notices.letters, name="letters"),
    path("letters/<int:letter>/", notices.letter, name="letter"),
    path("letters/<int:letter>/resend/", notices.resend_letter, name="letter-resend"),
    path(_LINE, lines.line, name="line"),
    path(_LINE + "evidence/", lines.attach, name="line-attach"),
    path(_LINE + "evidence/<int:evidence>/", lines.evidence, name="line-evidence"),
    path(_LINE + "evidence/<int:evidence>/remove/", lines.remove, name="line-evidence-remove"),
    path(_LINE + "comments/", lines.comment, name="line-comment"),
    path(_REPORT + "extension/", extensions.extension, name="report-extension"),
    path(_REPORT + "extension/ask/", extensions.ask, name="report-extension-ask"),
    path(_REPORT + "extension/withdraw/", extensions.withdraw, name="report-extension-withdraw"),
    path(_REPORT + "extension/answer/", extensions.answer, name="report-extension-answer"),
    path("extensions/", extensions.extensions, name="extensions"),
    path(_REPORT + "correction/", correcting.correction, name="report-correction"),
    path(_REPORT + "correction/open/", correcting.open_correction, name="report-correction-open"),
    path(_REPORT + "correction/cancel/", correcting.cancel_correction, name="report-correction-cancel"),
    path(_PROGRESS, decisions.progress, name="decision-progress"),
    path(_PROGRESS + "save/", decisions.save_progress, name="decision-progress-save"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/file.<list:ending>", decisions.decisions_file, name="decisions-file"),
    path("decisions/new/", decisions.new, name="decision-new"),
    path("decisions/make/", decisions.make, name="decision-make"),
    path(_DECISION, decisions.decision, name="decision"),
    path(_DECISION + "change/", decisions.change, name="decision-change"),
    path(_DECISION + "close/", decisions.close, name="decision-close"),
    path(_DECISION + "reopen/", decisions.reopen, name="decision-reopen"),
    path("review/", reviewing.review, name="review"),
    path("review/accept/", reviewing.accept_chosen, name="review-accept"),
    path("review/next/", reviewing.next_report, name="review-next"),
    path("review/<quarter:quarter>/untroubled/", reviewing.untroubled, name="untroubled"),
    path(
        "review/<quarter:quarter>/untroubled/accept/", reviewing.accept_untroubled, name="untroubled-accept"
    ),
    path("review/rule/", rules.second_review, name="review-rule"),
    path("work/sign-off/<slug:organisation>/", rules.sign_off, name="sign-off"),
    path("dashboard/", secretariat.dashboard, name="dashboard"),
    path("dashboard/attention.<list:ending>", secretariat.attention_file, name="attention-file"),
    path("dashboard/charts/<slug:chart>.csv", secretariat.dashboard_chart, name="dashboard-chart"),
    path("dashboard/bars.<drawn:ending>", secretariat.dashboard_bars, name="dashboard-bars"),
    path("quarters/", quarters.quarters, name="quarters"),
    path(_QUARTER, quarters.quarter_detail, name="quarter"),
    path(_QUARTER + "pack/", meeting.pack, name="pack"),
    path(_QUARTER + "pack.odt", meeting.pack_file, name="pack-file"),
    path(_QUARTER + "dates/", quarters.set_dates, name="quarter-dates"),
    path(_QUARTER + "open/", quarters.open_quarter, name="quarter-open"),
    path(_QUARTER + "close/", quarters.close_quarter, name="quarter-close"),
    path(_QUARTER + "publication/propose/", publications.propose, name="publication-propose"),
    path(_QUARTER + "publication/confirm/", publications.confirm, name="publication-confirm"),
    path(_QUARTER + "publication/refuse/", publications.refuse, name="publication-refuse"),
    path(_QUARTER + "publication/withdraw/", publications.withdraw, name="publication-withdraw"),
    path(_QUARTER + "preview/", previews.page, name="preview-home"),
    path(_QUARTER + "preview/<path:address>", previews.page, name="preview"),
    path("targets/", targets.targets, name="targets"),
    path(_TARGET, targets.target, name="target"),
    path(_TARGET + "propose/", targets.propose, name="target-propose"),
    path(_TARGET + "<int:proposal>/withdraw/", targets.withdraw, name="target-withdraw"),
    path(_TARGET + "<int:proposal>/approve/", targets.approve, name="target-approve"),
    path(_TARGET + "<int:proposal>/refuse/", targets.refuse, name="target-refuse"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export/<sheet:ending>/", audit.export, name="audit-export"),
    path("audit/subjects/<kind:kind>/<int:pk>/", audit.subject, name="audit-subject"),
    path("people/", people.people, name="people"),
    path("people/invitation/", people.invitation, name="invitation"),
    path("people/invite/", people.invite, name="person-invite"),
    path(_PERSON, people.person, name="person"),
    path(_PERSON + "invite/", people.invite_again, name="person-invite-again"),
    path(_PERSON + "disable/", people.disable, name="person-disable"),
    path(_PERSON + "enable/", people.enable, name="person-enable"),
    path(_PERSON + "grant/", people.grant, name="person-grant"),
    path(_PERSON + "roles/<int:membership>/end/", people.end_role, name="person-end-role"),
    path(_PERSON + "hand-over/", people.hand_over, name="person-hand-over"),
    path(_PERSON + "deputy/", people.name_deputy, name="person-deputy"),
    path("deputies/", deputies.deputies, name="deputies"),
    path("deputies/name/", deputies.name, name="deputy-name"),
    path("deputies/<int:deputyship>/end/", deputies.end, name="deputy-end"),
    path("programs/", programs.programs, name="programs"),
    path("programs/joining/", governing.joining, name="program-joining"),
    path("programs/join/", governing.join, name="program-join"),
    path(_PROGRAM, programs.program, name="program"),
    path(_PROGRAM + "change/", governing.change_standing, name="program-change"),
    path(_PROGRAM + "marks/", governing.change_marks, name="program-marks"),
    path(_PROGRAM + "parts/add/", governing.add_part, name="program-part-add"),
    path(_PROGRAM + "parts/end/", governing.end_part, name="program-part-end"),
    path("owners/", governing.owners, name="owners"),
    path("owners/<code:code>/", governing.owner, name="owner"),
    path("owners/<code:code>/change/", governing.change_owner, name="owner-change"),
    path(_PROGRAM + "revise/", programs.revise, name="program-revise"),
    path(
        _PROGRAM + "revisions/<int:pk>/<answer:answer>/",
        programs.decide_revision,
        name="program-revision-decide",
    ),
    path(
        _PROGRAM + "revisions/<int:pk>/withdraw/",
        programs.withdraw_revision,
        name="program-revision-withdraw",
    ),
    path(_PROGRAM + "ask-release/", programs.ask_release, name="program-ask-release"),
    path(
        _PROGRAM + "releases/<int:pk>/<answer:answer>/",
        programs.answer_release,
        name="program-release-answer",
    ),
    path(
        _PROGRAM + "releases/<int:pk>/withdraw/", programs.withdraw_release, name="program-release-withdraw"
    ),
    path("figures/programs/<quarter:quarter>/", secretariat.program_figures, name="program-figures"),
    path("figures/<code:code>/<quarter:quarter>/", explaining.figure, name="figure"),
    path(
        "figures/<slug:kind>/<code:code>/<quarter:quarter>/<slug:measure>/",
        explaining.node_figure,
        name="node-figure",
    ),
]
