"""Brings the English catalogue up to date with the strings in the code."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal import translations


class Command(BaseCommand):
    help = "擷取待譯字串。Writes every string of the code into portal/locale/en; says which are not translated yet."

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES" / "django.po"
        catalogue = translations.update(path, translations.extract(settings.BASE_DIR))
        missing = [str(message.id) for message in catalogue if message.id and not message.string]
        self.stdout.write(
            f"{len(catalogue)} 條字串，未譯 {len(missing)} 條。 {len(missing)} of {len(catalogue)} untranslated."
        )
        for text in missing:
            self.stdout.write(f"  {text}")
