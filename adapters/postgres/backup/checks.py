"""Say in SQL what must be true of every database of ours: each query returns what is not.

Every row is one sentence; a query that returns none found nothing wrong.
"""

from collections.abc import Mapping
from types import MappingProxyType

_BALANCED = """
    SELECT format('transaction %s: %s is off by %s', transaction_id, asset, sum(amount))
    FROM postings GROUP BY transaction_id, asset HAVING sum(amount) <> 0
    UNION ALL
    SELECT format('transaction %s has %s postings', l.id, count(p.line))
    FROM ledger l LEFT JOIN postings p ON p.transaction_id = l.id
    GROUP BY l.id HAVING count(p.line) < 2
    UNION ALL
    SELECT format('%s: the postings of all accounts are off by %s', asset, sum(amount))
    FROM postings GROUP BY asset HAVING sum(amount) <> 0
"""
_CASH = """
    SELECT format('account %s: the book has %s %s, the ledger %s',
        coalesce(b.account_id, l.account_id), coalesce(b.amount, 0),
        coalesce(b.asset, l.asset), coalesce(l.amount, 0))
    FROM (
        SELECT k.account_id, 'cash:' || c.key AS asset, c.value::numeric AS amount
        FROM books k, jsonb_each_text(k.cash) c
    ) b FULL JOIN (
        SELECT t.account_id, p.asset, sum(p.amount) AS amount
        FROM postings p JOIN ledger t ON t.id = p.transaction_id
        WHERE p.ledger = 'holding' AND p.asset LIKE 'cash:%' GROUP BY 1, 2
    ) l ON l.account_id = b.account_id AND l.asset = b.asset
    WHERE coalesce(b.amount, 0) <> coalesce(l.amount, 0)
"""
_POSITIONS = """
    SELECT format('account %s: the position is %s %s, the ledger has %s',
        coalesce(p.account_id, l.account_id), coalesce(p.quantity, 0),
        coalesce('unit:' || p.symbol, l.asset), coalesce(l.amount, 0))
    FROM positions p FULL JOIN (
        SELECT t.account_id, s.asset, sum(s.amount) AS amount
        FROM postings s JOIN ledger t ON t.id = s.transaction_id
        WHERE s.ledger = 'holding' AND s.asset LIKE 'unit:%' GROUP BY 1, 2
    ) l ON l.account_id = p.account_id AND l.asset = 'unit:' || p.symbol
    WHERE coalesce(p.quantity, 0) <> coalesce(l.amount, 0)
"""
_FILLS = """
    SELECT format('fill %s of %s %s: the ledger has %s', f.id, f.signed, f.symbol,
        coalesce(l.amount::text, 'nothing'))
    FROM (
        SELECT *, CASE side WHEN 'buy' THEN quantity ELSE -quantity END AS signed FROM fills
    ) f LEFT JOIN (
        SELECT t.account_id, t.reference, p.asset, p.amount
        FROM ledger t JOIN postings p ON p.transaction_id = t.id
        WHERE t.kind = 'fill' AND p.ledger = 'holding'
    ) l ON l.account_id = f.account_id AND l.reference = f.id::text
        AND l.asset = 'unit:' || f.symbol
    WHERE l.amount IS DISTINCT FROM f.signed
    UNION ALL
    SELECT format('transaction %s books a fill that is not there', t.id)
    FROM ledger t LEFT JOIN fills f ON f.account_id = t.account_id AND f.id::text = t.reference
    WHERE t.kind = 'fill' AND f.id IS NULL
"""
_FILLED = """
    SELECT format('order %s says that %s are filled, its fills %s', o.id, o.filled_quantity,
        coalesce(f.quantity, 0))
    FROM orders o LEFT JOIN (
        SELECT order_id, sum(quantity) AS quantity FROM fills GROUP BY order_id
    ) f ON f.order_id = o.id
    WHERE o.filled_quantity <> coalesce(f.quantity, 0)
"""
# Told states, one after the other; a step that stays in a state is no move.
_HISTORY = """
    WITH told AS (
        SELECT subject, sequence, body::json->>'state' AS state,
            lag(body::json->>'state') OVER w AS before,
            lead(sequence) OVER w IS NULL AS is_last
        FROM notices WHERE channel = 'orders'
        WINDOW w AS (PARTITION BY subject ORDER BY sequence)
    )
    SELECT format('order %s went from %s to %s', t.subject, coalesce(t.before, 'initialized'),
        t.state)
    FROM told t WHERE t.state IS DISTINCT FROM t.before AND NOT EXISTS (
        SELECT 1 FROM order_transitions m
        WHERE m.before = coalesce(t.before, 'initialized') AND m.after = t.state
    )
    UNION ALL
    SELECT format('order %s is %s, the journal says %s', o.id, o.state,
        coalesce(t.state, 'nothing'))
    FROM orders o LEFT JOIN told t ON t.subject = o.id::text AND t.is_last
    WHERE t.state IS DISTINCT FROM o.state
    UNION ALL
    SELECT format('the journal tells of order %s, which is not there', t.subject)
    FROM told t LEFT JOIN orders o ON o.id::text = t.subject WHERE t.is_last AND o.id IS NULL
"""
_JOURNAL = """
    SELECT format('channel %s of %s: numbers 1 to %s, but %s entries from %s on', channel,
        coalesce(account_id, tenant_id), max(sequence), count(*), min(sequence))
    FROM notices GROUP BY tenant_id, account_id, channel
    HAVING count(*) <> max(sequence) OR min(sequence) <> 1
    UNION ALL
    SELECT format('channel %s of %s: the book says %s, the journal %s', s.key, b.account_id,
        s.value, coalesce(n.last, 0))
    FROM books b CROSS JOIN LATERAL jsonb_each_text(b.sequences) s LEFT JOIN (
        SELECT account_id, channel, max(sequence) AS last FROM notices GROUP BY 1, 2
    ) n ON n.account_id = b.account_id AND n.channel = s.key
    WHERE s.value::bigint <> coalesce(n.last, 0)
    UNION ALL
    SELECT format('channel %s of %s: the journal has what the book knows nothing of', n.channel,
        n.account_id)
    FROM (SELECT DISTINCT account_id, channel FROM notices WHERE account_id IS NOT NULL) n
    LEFT JOIN books b ON b.account_id = n.account_id
    WHERE b.account_id IS NULL OR NOT b.sequences ? n.channel
"""
_AUDITED = """
    SELECT format('order %s of %s is in no audit entry', o.id, o.origin)
    FROM orders o WHERE o.origin <> 'external' AND NOT EXISTS (
        SELECT 1 FROM audit a WHERE a.subject = o.id::text AND a.tenant_id = o.tenant_id
            AND a.action = CASE o.origin WHEN 'client' THEN 'order.submit' ELSE 'order.flatten' END
    )
    UNION ALL
    SELECT format('the release of latch %s is in no audit entry', l.id)
    FROM latches l WHERE l.released_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM audit a WHERE a.subject = l.id::text AND a.tenant_id = l.tenant_id
            AND a.action = 'kill_switch.release'
    )
"""
# A stop that was taken away, moved, or lifted without a word; a token that is good again.
_STOPPED = """
    SELECT format('latch %s was engaged and is not there', a.subject)
    FROM audit a WHERE a.action = 'kill_switch.activate' AND NOT EXISTS (
        SELECT 1 FROM latches l WHERE l.id::text = a.subject AND l.tenant_id = a.tenant_id
    )
    UNION ALL
    SELECT format('latch %s was released and is engaged', a.subject)
    FROM audit a JOIN latches l ON l.id::text = a.subject AND l.tenant_id = a.tenant_id
    WHERE a.action = 'kill_switch.release' AND l.released_at IS NULL
    UNION ALL
    SELECT format('latch %s stops something else than what it was engaged for', l.id)
    FROM audit a JOIN latches l ON l.id::text = a.subject AND l.tenant_id = a.tenant_id
    WHERE a.action = 'kill_switch.activate' AND a.account_id IS DISTINCT FROM l.account_id
    UNION ALL
    SELECT format('token %s was revoked and is good', a.subject)
    FROM audit a JOIN personal_tokens t ON t.id::text = a.subject AND t.tenant_id = a.tenant_id
    WHERE a.action = 'token.revoke' AND t.revoked_at IS NULL
"""
_DECIDED = """
    SELECT format('order %s is %s without a decision', o.id, o.state)
    FROM orders o WHERE o.origin <> 'external' AND NOT EXISTS (
        SELECT 1 FROM decisions d
        WHERE d.order_id = o.id AND d.approved = (o.state <> 'denied')
    )
    UNION ALL
    SELECT format('decision %s names rules that are not there', d.id)
    FROM decisions d LEFT JOIN decision_rules r
        ON r.tenant_id = d.tenant_id AND r.digest = d.rules
    WHERE d.rules IS NOT NULL AND r.digest IS NULL
"""

_WORKSPACES = """
    SELECT format('the layout of workspace %s is not what was saved', id)
    FROM workspaces WHERE sha256(layout) <> sha256 OR octet_length(layout) <> size_bytes
    UNION ALL
    SELECT format('user %s has %s workspaces and the default %s', s.user_id, count(w.id),
        coalesce(s.default_id::text, 'none'))
    FROM workspace_shelves s LEFT JOIN workspaces w
        ON w.tenant_id = s.tenant_id AND w.user_id = s.user_id
    GROUP BY s.tenant_id, s.user_id
    HAVING count(*) FILTER (WHERE w.id = s.default_id) <> least(count(w.id), 1)
        OR (s.default_id IS NULL) <> (count(w.id) = 0)
"""

# A number that is none, or a lap that the account's book has not come to.
_EQUITY = """
    SELECT format('account %s: worth %s at %s of lap %s, and its book is in lap %s', h.account_id,
        h.equity, h.at, h.lap, b.lap)
    FROM equity_history h JOIN books b USING (account_id)
    WHERE h.equity = 'NaN' OR h.lap NOT BETWEEN 1 AND b.lap
"""

# The clock counts on each minute and is in no entry; the state that it leads to always is, and
# so is each word of a trustee since the owner was heard last.
_SUCCESSIONS = """
    SELECT format('succession of tenant %s: its clock says %s, the trail %s', c.tenant_id, c.state,
        coalesce(a.state, 'ARMED'))
    FROM succession_clocks c LEFT JOIN LATERAL (
        SELECT upper(split_part(action, '.', 2)) AS state FROM audit
        WHERE tenant_id = c.tenant_id AND subject = c.id::text AND action IN
            ('succession.armed', 'succession.reminded', 'succession.contact_ping',
            'succession.grace', 'succession.released')
        ORDER BY seq DESC LIMIT 1
    ) a ON true WHERE c.state <> coalesce(a.state, 'ARMED')
    UNION ALL
    SELECT format('tenant %s has a plan of succession or its clock, not both',
        coalesce(p.tenant_id, c.tenant_id))
    FROM succession_plans p FULL JOIN succession_clocks c ON c.tenant_id = p.tenant_id
    WHERE p.id IS NULL OR c.id IS NULL
    UNION ALL
    SELECT format('succession of tenant %s: %s confirms it, and the trail knows of no such word',
        c.tenant_id, w.who)
    FROM succession_clocks c, unnest(c.confirmed) w(who) WHERE NOT EXISTS (
        SELECT 1 FROM audit a WHERE a.tenant_id = c.tenant_id AND a.subject = c.id::text
            AND a.action = 'succession.confirmed' AND a.actor = 'user:' || w.who
            AND a.seq > coalesce((
                SELECT max(seq) FROM audit b WHERE b.tenant_id = c.tenant_id
                    AND b.action IN ('succession.armed', 'succession.plan_written')), 0))
"""
_LETTERS = """
    SELECT format('letter %s is not the age file that was kept', l.id)
    FROM letters l JOIN letter_contents c ON c.id = l.id WHERE c.tenant_id <> l.tenant_id
        OR octet_length(c.content) <> l.size OR encode(sha256(c.content), 'hex') <> l.sha256
    UNION ALL
    SELECT format('letter %s has its age file or what is known of it, not both',
        coalesce(l.id, c.id))
    FROM letters l FULL JOIN letter_contents c ON c.id = l.id WHERE l.id IS NULL OR c.id IS NULL
"""
_DELIVERIES = """
    SELECT format('delivery %s is not its notification''s person''s', d.id)
    FROM notification_deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE (n.tenant_id, n.user_id) <> (d.tenant_id, d.user_id)
    UNION ALL
    SELECT format('delivery %s has no notification', d.id)
    FROM notification_deliveries d LEFT JOIN notifications n ON n.id = d.notification_id
    WHERE n.id IS NULL
    UNION ALL
    SELECT format('delivery %s is %s, and %s', d.id, d.state,
        CASE WHEN d.done_at IS NULL THEN 'was never done' ELSE 'done already' END)
    FROM notification_deliveries d
    WHERE (d.done_at IS NULL) <> (d.state IN ('queued', 'sending'))
"""
# By what each shows, in the order in which they are told.
CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "ledger": _BALANCED,
        "cash": _CASH,
        "positions": _POSITIONS,
        "fills": _FILLS,
        "filled quantities": _FILLED,
        "order histories": _HISTORY,
        "journal": _JOURNAL,
        "audit": _AUDITED,
        "stops": _STOPPED,
        "decisions made": _DECIDED,
        "workspaces": _WORKSPACES,
        "equity over time": _EQUITY,
        "successions": _SUCCESSIONS,
        "letters": _LETTERS,
        "deliveries": _DELIVERIES,
    }
)
