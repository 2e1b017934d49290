"""Says what would show in the wrong language, string by string and record by record; exits with 1 where anything would."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import translations
from portal.translations import Gap

CHINESE, ENGLISH = "_zh", "_en"


class Command(BaseCommand):
    help = (
        "檢查中英文是否完整。Finds strings of the code and records of the plan that lack their English text."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES" / "django.po"
        said = translations.extract(settings.BASE_DIR)
        found = [*translations.gaps(said, translations.read(path)), *_records()]
        for gap in found:
            self.stdout.write(f"{gap.fault}　{gap.place}: {gap.text}")
        if found:
            raise CommandError(f"共 {len(found)} 處不完整。 {len(found)} gaps.")
        self.stdout.write(
            f"{len(said)} 條字串及計畫資料之中英文皆完整。 {len(said)} strings, and the plan's records: no gap."
        )


def _records() -> Iterator[Gap]:
    """Texts of the plan that have a place for English, and nothing in it."""
    for model in apps.get_models():
        names = {field.name for field in model._meta.concrete_fields}
        for name in sorted(each for each in names if each.endswith(CHINESE)):
            english = name.removesuffix(CHINESE) + ENGLISH
            if english in names:
                rows = model._default_manager.filter(**{english: ""}).exclude(**{name: ""})
                for key, text in rows.values_list("pk", name):
                    yield Gap(f"{model._meta.label} {key} {english}", text, "未譯 not translated")
