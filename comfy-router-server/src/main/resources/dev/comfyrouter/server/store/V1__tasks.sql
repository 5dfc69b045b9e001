-- Times are milliseconds since the epoch, durations milliseconds, ids 16 bytes.

CREATE TABLE task (
    n             INTEGER PRIMARY KEY AUTOINCREMENT,
    id            BLOB    NOT NULL UNIQUE,
    type          TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    priority      INTEGER NOT NULL,
    title         TEXT    NOT NULL,
    created       INTEGER NOT NULL,
    deadline      INTEGER NOT NULL,
    max_run       INTEGER NOT NULL,
    started       INTEGER,
    finished      INTEGER,
    not_before    INTEGER,
    k             INTEGER NOT NULL DEFAULT 0,
    node          INTEGER,
    node_url      TEXT,
    cancel        INTEGER NOT NULL DEFAULT 0,
    seq           INTEGER NOT NULL,
    seed          TEXT,
    error_class   TEXT,
    error_message TEXT,
    error_node    TEXT,
    error_details TEXT
) STRICT;
CREATE INDEX task_unfinished ON task (n) WHERE finished IS NULL;
CREATE INDEX task_finished ON task (finished, n) WHERE finished IS NOT NULL;

CREATE TABLE task_input (
    n        INTEGER PRIMARY KEY,
    stored   TEXT NOT NULL,
    shown    TEXT NOT NULL,
    labels   TEXT NOT NULL,
    vram     REAL NOT NULL,
    warnings TEXT NOT NULL
) STRICT;

-- The pictures that came inside requests: which task needs which file.
CREATE TABLE picture (
    n      INTEGER NOT NULL,
    sha256 TEXT    NOT NULL,
    PRIMARY KEY (n, sha256)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    n      INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    state  TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    detail TEXT    NOT NULL,
    PRIMARY KEY (n, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
    n        INTEGER NOT NULL,
    k        INTEGER NOT NULL,
    node     INTEGER NOT NULL,
    prompt   BLOB    NOT NULL,
    client   TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    ended    INTEGER,
    cause    TEXT,
    PRIMARY KEY (n, k)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_abandoned ON attempt (prompt) WHERE state = 'ABANDONED';

CREATE TABLE graph (
    n     INTEGER NOT NULL,
    k     INTEGER NOT NULL,
    graph TEXT    NOT NULL,
    PRIMARY KEY (n, k)
) STRICT, WITHOUT ROWID;

CREATE TABLE result (
    n            INTEGER NOT NULL,
    i            INTEGER NOT NULL,
    file_name    TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    bytes        INTEGER NOT NULL,
    sha256       TEXT    NOT NULL,
    width        INTEGER,
    height       INTEGER,
    PRIMARY KEY (n, i)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    key  TEXT    PRIMARY KEY,
    body TEXT    NOT NULL,
    n    INTEGER NOT NULL,
    id   BLOB    NOT NULL,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (at);

CREATE TABLE tombstone (
    id BLOB    PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstone_age ON tombstone (at);

CREATE TABLE node (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    url      TEXT    NOT NULL UNIQUE,
    name     TEXT    NOT NULL,
    labels   TEXT    NOT NULL,
    headers  TEXT    NOT NULL,
    draining INTEGER NOT NULL DEFAULT 0,
    created  INTEGER NOT NULL
) STRICT;
