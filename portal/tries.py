"""How often somebody tried to log in is counted in Valkey; while that does not answer, each process counts for itself.

So nobody is locked out with the broker, and nobody may guess passwords without end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as Silent

logger = logging.getLogger(__name__)


class Tries(RedisCache):
    """A cache for what can be counted anew; see the module's first sentence."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._meanwhile = LocMemCache("tries", {})

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._answered(super().add, self._meanwhile.add, *args, **kwargs))

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._answered(super().get, self._meanwhile.get, *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._answered(super().set, self._meanwhile.set, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._answered(super().delete, self._meanwhile.delete, *args, **kwargs))

    def _answered(
        self, shared: Callable[..., Any], own: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Any:
        try:
            return shared(*args, **kwargs)
        except (Unreachable, Silent) as error:
            logger.warning("Valkey does not answer (%s); this process counts tries for itself.", error)
            return own(*args, **kwargs)
