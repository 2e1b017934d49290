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
       EXISTS (SELECT FROM kpis_rolluptask),
       (SELECT concat_ws('.', max(id), count(*) FILTER (WHERE state = 'proposed'))
        FROM (SELECT id, state FROM reports_publicationproposal ORDER BY id DESC LIMIT 50) last_publications),
       (SELECT concat_ws('.', max(id), sum(id))
        FROM (SELECT id FROM reports_decisionstep ORDER BY id DESC LIMIT 50) last_steps),
       (SELECT concat_ws('.', count(*), sum(id)) FROM reports_targetproposal WHERE state = 'proposed'),
       (SELECT concat_ws('.', count(*), sum(id)) FROM reports_programrevision WHERE state = 'proposed'),
       (SELECT concat_ws('.', count(*), sum(id)) FROM reports_programrelease WHERE state = 'proposed')
"""


def pulse() -> str:
    """Another text after every act upon a report, a round, a decision or a request, and every roll-up; one query.

    Figures that are being recomputed count as a change, and so does their being right again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PULSE)
        return "-".join(str(each) for each in cursor.fetchone())
