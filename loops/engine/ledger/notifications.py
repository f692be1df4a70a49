"""Rules about what people are told: everything once, and nothing stays behind."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "questions_are_told",
        "Every waiting question and every final answer that the look for happenings has passed "
        "was found by it.",
        """
        SELECT c.id, 'is waiting and was told to nobody' FROM human_checkpoints c
        JOIN notification_marks m ON m.source = 'human_checkpoints'
        WHERE c.resolved_at IS NULL AND c.created_at < m.at - interval '10 minutes'
          AND c.created_at > greatest(m.began_at, now() - interval '80 days')
          AND MINE(c) AND NOT EXISTS (
              SELECT FROM happenings h WHERE h.tenant_id = c.tenant_id AND h.key = 'asked:' || c.id
          )
        UNION ALL
        SELECT d.checkpoint_id, 'was answered and that was told to nobody'
        FROM checkpoint_decisions d
        JOIN notification_marks m ON m.source = 'checkpoint_decisions'
        WHERE d.is_final AND d.id <= m.number - 1000 AND d.at < m.at - interval '10 minutes'
          AND d.at > greatest(m.began_at, now() - interval '80 days')
          AND MINE(d) AND NOT EXISTS (
              SELECT FROM happenings h
              WHERE h.tenant_id = d.tenant_id AND h.key = 'decided:' || d.id
          )
        """,
    ),
    Rule(
        "clocks_are_told",
        "What the clock reminded of or escalated is among the happenings, once.",
        """
        SELECT c.id, 'reminders or escalation and happenings disagree' FROM human_checkpoints c
        JOIN notification_marks m ON m.source = 'human_checkpoints'
        WHERE greatest(c.escalated_at, c.reminded_at, c.lapse_reminded_at)
              > greatest(m.began_at, now() - interval '80 days')
          AND MINE(c) AND num_nonnulls(
              CASE WHEN c.escalated_at > coalesce(m.began_at, '-infinity') THEN 1 END,
              CASE WHEN c.reminded_at > coalesce(m.began_at, '-infinity') THEN 1 END,
              CASE WHEN c.lapse_reminded_at > coalesce(m.began_at, '-infinity') THEN 1 END
          ) > (
              SELECT count(*) FROM happenings h
              WHERE h.checkpoint_id = c.id AND h.event IN ('reminded', 'escalated')
          )
        """,
    ),
    Rule(
        "told_once",
        "A channel carries a happening once.",
        """
        SELECT d.channel_id, format('carried happening %%s %%s times', i.happening_id, count(*))
        FROM notification_delivery_items i JOIN notification_deliveries d ON d.id = i.delivery_id
        WHERE MINE(d) GROUP BY d.channel_id, i.happening_id HAVING count(*) > 1
        """,
    ),
    Rule(
        "no_delivery_is_stuck",
        "What is to be sent was tried, or is given up, within an hour of its time.",
        """
        SELECT d.id, format('is %%s and was due at %%s', d.status, d.next_try_at)
        FROM notification_deliveries d
        WHERE d.next_try_at < now() - interval '1 hour' AND MINE(d)
        """,
    ),
    Rule(
        "deliveries_keep_to_their_tenant",
        "What a channel carries is of its own tenant, and it says something.",
        """
        SELECT d.id, 'carries nothing, or what is of another tenant'
        FROM notification_deliveries d
        JOIN notification_channels c ON c.id = d.channel_id
        WHERE MINE(d) AND (c.tenant_id <> d.tenant_id OR NOT EXISTS (
            SELECT FROM notification_delivery_items i JOIN happenings h ON h.id = i.happening_id
            WHERE i.delivery_id = d.id AND h.tenant_id = d.tenant_id AND i.channel_id = d.channel_id
        ))
        """,
    ),
)
