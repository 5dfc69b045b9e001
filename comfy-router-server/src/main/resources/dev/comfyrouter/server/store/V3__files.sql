-- The files by URL that a task has on the router's disk, in the order in which it wants them: leased again at a start.
CREATE TABLE task_file (
    n      INTEGER NOT NULL,
    i      INTEGER NOT NULL,
    sha256 TEXT    NOT NULL,
    PRIMARY KEY (n, i)
) STRICT, WITHOUT ROWID;
