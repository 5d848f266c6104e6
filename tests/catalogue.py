"""Write down what a database's catalogue says of our tables, functions, policies and guards."""

import asyncpg

# One line each, sorted: two databases with the same lines have the same schema.
_QUERIES = (
    # With their places: rows are sent as values of the tables' own types.
    """
    SELECT 'column ' || concat_ws(' ', c.oid::regclass, a.attnum, a.attname,
        format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'not null' END, 'identity ' || nullif(a.attidentity::text, ''),
        'collate ' || (SELECT o.collname FROM pg_collation o WHERE o.oid = a.attcollation
            AND o.collname <> 'default'),
        'default ' || pg_get_expr(d.adbin, d.adrelid), 'storage ' || a.attstorage::text)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'c')
    """,
    """
    SELECT 'relation ' || concat_ws(' ', c.relname, 'kind ' || c.relkind::text,
        'options ' || array_to_string(c.reloptions, ','),
        CASE WHEN c.relrowsecurity THEN 'row security' END,
        CASE WHEN c.relforcerowsecurity THEN 'forced' END,
        'persistence ' || c.relpersistence::text,
        'comment ' || obj_description(c.oid, 'pg_class'),
        'view ' || CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END)
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    """,
    """
    SELECT 'constraint ' || concat_ws(' ', coalesce(nullif(conrelid, 0)::regclass::text, '-'),
        conname, pg_get_constraintdef(oid), CASE WHEN NOT convalidated THEN 'not valid' END)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    """,
    "SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'",
    """
    SELECT 'function ' || pg_get_functiondef(p.oid) || ' called by '
        || CASE WHEN p.proacl IS NULL THEN 'public' ELSE 'some' END
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    """,
    """
    SELECT 'trigger ' || pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
    """,
    """
    SELECT 'policy ' || concat_ws(' ', tablename, policyname, permissive,
        roles::text, cmd,
        'using ' || qual, 'check ' || with_check)
    FROM pg_policies WHERE schemaname = 'public'
    """,
    """
    SELECT 'sequence ' || concat_ws(' ', s.seqrelid::regclass, format_type(s.seqtypid, NULL),
        s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle, 'owned by '
        || (SELECT concat_ws('.', d.refobjid::regclass, a.attname) FROM pg_depend d
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.objid = s.seqrelid AND d.deptype IN ('a', 'i')))
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
    WHERE c.relnamespace = 'public'::regnamespace
    """,
    # Of whoever is granted something: by kind, as the logins' names differ.
    """
    SELECT DISTINCT 'grant ' || concat_ws(' ', c.relname, x.privilege_type,
        CASE x.grantee WHEN c.relowner THEN 'owner' WHEN 0 THEN 'public' ELSE 'requests' END)
    FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault(
        CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) x
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
    """,
    "SELECT concat_ws(' ', 'move', before, after) FROM order_transitions",
)


async def catalogue(url: str) -> list[str]:
    """Return one entry for each thing that a revision can make, sorted."""
    connection = await asyncpg.connect(url)
    try:
        found = [str(row[0]) for query in _QUERIES for row in await connection.fetch(query)]
    finally:
        await connection.close()
    lines = (" ".join(line.split()) for line in found)
    return sorted(line for line in lines if "alembic_version" not in line)
