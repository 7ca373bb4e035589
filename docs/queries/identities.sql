-- The table that the other queries read: every identity of every inventory in the folder `inventories`, a row each.
-- Each column has its type here, as a file in which it is empty says nothing of it. Columns that a newer version of
-- nhilint adds are left out until they are named.
CREATE OR REPLACE VIEW identities AS
SELECT *
FROM read_json(
  'inventories/*.jsonl',
  format = 'newline_delimited',
  maximum_object_size = 67108864,
  columns = {
    version: 'INTEGER', repository: 'VARCHAR', id: 'VARCHAR', kind: 'VARCHAR', origin: 'VARCHAR', cluster: 'VARCHAR',
    namespace: 'VARCHAR', name: 'VARCHAR', root: 'VARCHAR', environment: 'VARCHAR', namespaceTier: 'VARCHAR',
    declared: 'STRUCT(file VARCHAR, line INTEGER)', classes: 'VARCHAR[]', planes: 'VARCHAR[]',
    workloads: 'STRUCT(kind VARCHAR, "name" VARCHAR, location STRUCT(file VARCHAR, line INTEGER), class VARCHAR, plane VARCHAR, schedule VARCHAR, exposedBy VARCHAR[], containers STRUCT("name" VARCHAR, image VARCHAR, pinned BOOLEAN)[])[]',
    owner: 'STRUCT("value" VARCHAR, "level" VARCHAR)', purpose: 'VARCHAR', dependencies: 'VARCHAR[]',
    tokenMounted: 'BOOLEAN', exposed: 'BOOLEAN',
    credentials: 'STRUCT("type" VARCHAR, workload VARCHAR, what VARCHAR, audience VARCHAR, requestedSeconds BIGINT, effectiveSeconds BIGINT, location STRUCT(file VARCHAR, line INTEGER))[]',
    secrets: 'STRUCT("namespace" VARCHAR, "name" VARCHAR, via VARCHAR, keys VARCHAR[], store VARCHAR, workload VARCHAR, sharedWith VARCHAR[], location STRUCT(file VARCHAR, line INTEGER))[]',
    permissions: 'STRUCT(primitives STRUCT(primitive VARCHAR, tier VARCHAR, "scope" VARCHAR, "namespace" VARCHAR, words VARCHAR, certain BOOLEAN)[])',
    tier: 'STRUCT(direct VARCHAR, reachable VARCHAR, confidence VARCHAR, "path" STRUCT(words VARCHAR, certain BOOLEAN)[])',
    cloud: 'STRUCT(provider VARCHAR, identity VARCHAR, account VARCHAR, via VARCHAR, location STRUCT(file VARCHAR, line INTEGER))[]',
    exceptions: 'STRUCT(id VARCHAR, rules VARCHAR[], owner VARCHAR, approver VARCHAR, "until" VARCHAR, state VARCHAR, location STRUCT(file VARCHAR, line INTEGER))[]',
    breakGlass: 'BOOLEAN', review: 'STRUCT("last" VARCHAR, "by" VARCHAR, overdue BOOLEAN)',
    findings: 'STRUCT(rule VARCHAR, form VARCHAR, severity VARCHAR, suppressed VARCHAR)[]', fingerprint: 'VARCHAR'
  }
);
