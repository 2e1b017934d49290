"""A page that follows the review asks in one short query whether anything that it shows has changed since.

What is asked costs the same however much is stored: the last events, not all; and which rounds turned, not when.
"""

from __future__ import annotations

from django.db import connection

# A later number may be saved before an earlier one, so the newest number alone would hide the one that comes after it.
_PULSE = """
SELECT (SELECT concat_ws('.', max(id), sum(id))
        FROM (SELECT id FROM reports_reportevent ORDER BY id DESC LIMIT 200) last_events),
       (SELECT concat_ws('.', count(opened_at), count(closed_at), count(published_at)) FROM reports_reportingquarter),
       (SELECT count(*) FROM reports_extension WHERE answered_at IS NULL AND withdrawn_at IS NULL),
       (SELECT max(id) FROM kpis_target),
       (SELECT max(id) FROM kpis_rollupcheck),
       EXISTS (SELECT FROM kpis_rolluptask)
"""


def pulse() -> str:
    """Another text after every act upon a report, every turn of a round and every roll-up; a few characters, one query.

    Figures that are being recomputed count as a change, and so does their being right again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PULSE)
        return "-".join(str(each) for each in cursor.fetchone())
