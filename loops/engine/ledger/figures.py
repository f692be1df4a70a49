"""Rules about figures: what dashboards tell is what the rows say."""

from typing import Final

from loops.engine.figures import COUNTED, TOUCHED
from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "figures_equal_a_recount",
        "The figures of the last day that was counted equal a count of its rows.",
        f"""
        WITH m AS (
            SELECT k.tenant_id, k.looked_until, k.looked_until - interval '5 minutes' AS since
            FROM figure_marks k WHERE MINE(k)
        ), unsettled AS (
            SELECT m.tenant_id, date_trunc('hour', x.moment, 'UTC') AS hour
            FROM m CROSS JOIN LATERAL ({TOUCHED}) x
            UNION SELECT s.tenant_id, s.hour FROM stale_hours s
        ), h AS (
            SELECT m.tenant_id, date_trunc('hour', m.looked_until, 'UTC') - n * interval '1 hour'
                   AS hour
            FROM m CROSS JOIN generate_series(0, 23) n
            EXCEPT SELECT tenant_id, hour FROM unsettled
        ), counted AS (
            SELECT h.tenant_id, h.hour, x.series, x.label, x.value
            FROM h CROSS JOIN LATERAL ({COUNTED}) x
        ), kept AS (
            SELECT f.tenant_id, f.hour, f.series, f.label, f.value
            FROM figures f JOIN h USING (tenant_id, hour)
        )
        SELECT tenant_id, format('%%s %%s at %%s: says %%s, the rows say %%s',
               series, label, hour, coalesce(k.value, 0), coalesce(c.value, 0))
        FROM counted c FULL JOIN kept k USING (tenant_id, hour, series, label)
        WHERE c.value IS DISTINCT FROM k.value
        """,  # noqa: S608 - made of constants
    ),
)
