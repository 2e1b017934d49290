"""Which checks hold for reports, how grave each is and from which value on, is data with an effective quarter.

What each check looks at stands in `reports.predicates`, and what holds without any record in `reports.check_rules`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from programs.models import Plan
from programs.quarters import QuarterField


class Severity(models.TextChoices):
    """An error stops the submission, a warning asks for a note, a hint asks for nothing."""

    ERROR = "error", _("錯誤")
    WARNING = "warning", _("警示")
    HINT = "hint", _("提醒")


class CheckCode(models.TextChoices):
    """The checks that data may set; those of impossible values and missing answers cannot be switched off."""

    STOCK_FALLS = "stock_falls", _("存量減少")
    UNUSUAL_JUMP = "unusual_jump", _("數值超出常態範圍")
    BEHIND_WITHOUT_REASON = "behind_without_reason", _("落後未填原因及對策")
    BEHIND_WITHOUT_KIND = "behind_without_kind", _("落後未填類型")
    BEHIND_WITHOUT_DAY = "behind_without_day", _("落後未填預定趕上日期")
    REASON_WITHOUT_DELAY = "reason_without_delay", _("未落後而填落後原因")
    FAR_BEHIND = "far_behind", _("嚴重落後")
    BEHIND_TWICE = "behind_twice", _("連續兩季落後")
    PROGRESS_FALLS = "progress_falls", _("實際進度倒退")
    COMPLETE_WITH_OPEN_MILESTONES = "complete_with_open_milestones", _("進度已滿而查核點未完成")
    MILESTONE_OVERDUE = "milestone_overdue", _("查核點逾期未說明")
    REACHED_BEFORE_START = "reached_before_start", _("完成日期早於期程")
    CATCH_UP_DAY_PAST = "catch_up_day_past", _("預定日期已過")
    OVER_APPROPRIATION = "over_appropriation", _("執行數超過預算數")
    ALLOCATED_OVER_APPROPRIATION = "allocated_over_appropriation", _("分配數超過預算數")
    LOW_EXECUTION = "low_execution", _("執行率偏低")
    MONEY_WITHOUT_PROGRESS = "money_without_progress", _("有支用而無進度")
    PROGRESS_WITHOUT_MONEY = "progress_without_money", _("有進度而無支用")
    CONFIDENCE_DISAGREES = "confidence_disagrees", _("研判與燈號不一致未說明")
    NO_NARRATIVE = "no_narrative", _("未填辦理情形")


WITH_PARAMETER = frozenset(
    {
        CheckCode.UNUSUAL_JUMP,
        CheckCode.BEHIND_WITHOUT_REASON,
        CheckCode.BEHIND_WITHOUT_KIND,
        CheckCode.BEHIND_WITHOUT_DAY,
        CheckCode.REASON_WITHOUT_DELAY,
        CheckCode.FAR_BEHIND,
        CheckCode.BEHIND_TWICE,
        CheckCode.LOW_EXECUTION,
        CheckCode.CONFIDENCE_DISAGREES,
    }
)
"""Those that compare with a value: percentage points, percent, a factor, or steps between lights."""


class CheckRule(models.Model):
    """How grave a check is for a plan (for every plan where none is named) from a quarter on.

    A plan's own newest rule holds before one for every plan. Without a parameter the settings' value holds; without
    words of its own, those of the check. A rule that is not active switches its check off.
    """

    plan = models.ForeignKey(
        Plan, on_delete=models.CASCADE, null=True, blank=True, related_name="check_rules"
    )
    code = models.CharField(max_length=40, choices=CheckCode)
    effective_from = QuarterField()
    severity = models.CharField(max_length=10, choices=Severity)
    parameter = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    words_zh = models.CharField(max_length=300, blank=True)
    words_en = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["plan", "code", "effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "code", "effective_from"], name="check_rule_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(code__in=CheckCode.values), name="check_rule_code_known"),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="check_rule_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(parameter__isnull=True)
                | Q(parameter__gte=0, code__in=sorted(code.value for code in WITH_PARAMETER)),
                name="check_rule_parameter_where_it_compares",
            ),
            models.CheckConstraint(
                condition=Q(words_zh="", words_en="") | ~(Q(words_zh="") | Q(words_en="")),
                name="check_rule_words_in_both_languages",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan or '*'} · {self.code} · {self.effective_from}"
