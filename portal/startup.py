"""A production installation opens only when nothing about it is known to be unsafe.

Every problem is named at once, with its mend. Commands such as `migrate` and `createsuperuser` stay possible
with demonstration accounts in the database, because they are how one gets rid of them.
"""

from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET = 50
FEWEST_CHARACTERS = 10
# Keys that stand in this repository, and so are known to everybody.
PUBLISHED_SECRETS = (
    "development-only-key-that-production-refuses",
    "replace-this-with-a-secret-of-your-own-see-the-line-above-it",
)
HOW_TO_MAKE_ONE = 'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'


def problems_of_settings(*, secret_key: str, debug: bool, allowed_hosts: Sequence[str]) -> list[str]:
    """What is unsafe about these settings, one text per problem with its mend; empty where nothing is."""
    problems = _problems_of_secret(secret_key)
    if debug:
        problems.append("DEBUG 為開啟。請移除 DEBUG。 DEBUG is on: remove DEBUG from the environment.")
    if not allowed_hosts or "*" in allowed_hosts:
        problems.append(
            "ALLOWED_HOSTS 未列出網站的主機名稱。 ALLOWED_HOSTS does not name this site's hosts: "
            "set it, for example ALLOWED_HOSTS=portal.example.gov.tw"
        )
    return problems


def _problems_of_secret(secret_key: str) -> list[str]:
    if not secret_key:
        zh, en = "未設定", "is missing"
    elif secret_key in PUBLISHED_SECRETS or secret_key.startswith("django-insecure"):
        zh, en = "是公開的範例值", "is a published example"
    elif len(secret_key) < SHORTEST_SECRET:
        zh, en = f"少於 {SHORTEST_SECRET} 個字元", f"has fewer than {SHORTEST_SECRET} characters"
    elif len(set(secret_key)) < FEWEST_CHARACTERS:
        zh, en = "過於單調", f"has fewer than {FEWEST_CHARACTERS} different characters"
    else:
        return []
    return [f"SECRET_KEY {zh}。請產生一個新的。 SECRET_KEY {en}: make a new one with {HOW_TO_MAKE_ONE}"]


def refuse(problems: Sequence[str]) -> None:
    """Raise ImproperlyConfigured with every problem; does nothing where there is none."""
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise ImproperlyConfigured(
            f"正式環境的設定不安全，拒絕啟動。 Unsafe production settings, refusing to start:\n{listed}"
        )


def refuse_unsafe_start() -> None:
    """Called where web, worker and beat start; does nothing outside production."""
    if not settings.PRODUCTION:
        return
    accounts = get_user_model().objects.filter(is_demonstration=True, is_active=True).count()
    if accounts:
        refuse(
            [
                f"資料庫中有 {accounts} 個示範帳號。請改用沒有示範資料的資料庫。 The database holds {accounts} "
                "demonstration accounts: use a database without demonstration data, or deactivate them."
            ]
        )
