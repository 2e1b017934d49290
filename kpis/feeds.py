"""What was published, and what was corrected since, as an Atom feed (RFC 4287) for those who follow the plan.

An entry's id never changes: it is made of what was published or corrected and of the language, of no address.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kpis.published import Issue
from kpis.selectors.corrections import CorrectionRow
from kpis.wording import in_chinese
from ministries.clock import TAIPEI
from ministries.models import OrganisationName
from programs.models import Plan

ENTRIES = 50
CONTENT_TYPE = Atom1Feed.content_type
_IDS = uuid.UUID("6f7c3a6e-0f0b-5d0c-9a57-2d1f6c1f0b11")
"""The name space of all ids; another one would make every entry a new one to every reader."""


@dataclass(frozen=True)
class Entry:
    """`key` names it for ever; `address` is absolute."""

    key: str
    moment: datetime
    title: str
    address: str
    text: SafeString


def atom(
    plan: Plan, issues: Iterable[Issue], corrections: Iterable[CorrectionRow], author: OrganisationName | None
) -> str:
    """The newest publications and corrections of the plan, newest first."""
    name = plan.short_name_zh if in_chinese() else plan.short_name_en
    feed = _Feed(
        title=_("%(plan)s：公布與更正") % {"plan": name},
        link=address_of("home"),
        feed_url=address_of("feed"),
        description=None,
        language="zh-Hant-TW" if in_chinese() else "en",
        author_name=_local(author) if author else name,
        feed_guid=_id(plan, "feed"),
        feed_copyright=_("政府資料開放授權條款－第 1 版"),
        began=datetime.combine(plan.starts_on, time(), TAIPEI),
    )
    entries = [*_publications(issues), *_corrections(corrections)]
    for entry in sorted(entries, key=lambda each: each.moment, reverse=True)[:ENTRIES]:
        feed.add_item(
            title=entry.title,
            link=entry.address,
            description=entry.text,
            unique_id=_id(plan, entry.key),
            pubdate=entry.moment,
            updateddate=entry.moment,
        )
    return str(feed.writeString("utf-8"))


def address_of(name: str, *words: str) -> str:
    """The absolute, public address of a page as it leaves this site, also where it is only previewed."""
    path = reverse(name, urlconf=settings.ROOT_URLCONF, args=words)
    return f"{settings.SITE_URL.rstrip('/')}{path}"


class _Feed(Atom1Feed):
    """A feed must say when it was last changed; without entries that is when its plan began."""

    def latest_post_date(self) -> Any:
        return super().latest_post_date() if self.items else self.feed["began"]


def _local(name: OrganisationName) -> str:
    return name.name_zh if in_chinese() else name.name_en or name.name_zh


def _id(plan: Plan, key: str) -> str:
    return uuid.uuid5(_IDS, f"{plan.code}/{key}/{get_language()}").urn


def _publications(issues: Iterable[Issue]) -> Iterator[Entry]:
    for issue in issues:
        told = _("%(quarter)s執行成果公布") % {"quarter": issue.quarter.label}
        yield Entry(
            key=f"publication/{issue.quarter}",
            moment=issue.published_at,
            title=_("%(title)s（示範資料）") % {"title": told} if issue.is_demonstration else told,
            address=f"{address_of('home')}?quarter={issue.quarter}",
            text=format_html("<p>{}</p>", _("凍結內容的 SHA-256 摘要值：%s") % issue.digest),
        )


def _corrections(rows: Iterable[CorrectionRow]) -> Iterator[Entry]:
    for row in rows:
        pairs = ((each.label, each.old or "—", each.new or "—") for each in row.changes)
        changes = format_html_join("", "<li>{}　<del>{}</del> → <ins>{}</ins></li>", pairs)
        yield Entry(
            key=f"correction/{row.correction.pk}",
            moment=row.correction.corrected_at,
            title=_("更正：%(quarter)s　%(what)s")
            % {"quarter": row.quarter.label, "what": f"{row.code} {row.name}"},
            address=f"{address_of('corrections')}?quarter={row.quarter}#correction-{row.correction.pk}",
            text=format_html("<ul>{}</ul><p>{}</p>", changes, row.correction.reason),
        )
