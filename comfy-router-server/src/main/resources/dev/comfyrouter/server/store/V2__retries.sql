-- Which ended task a task runs again. The earlier one may be gone.
CREATE TABLE retry (
    n       INTEGER PRIMARY KEY,
    earlier BLOB    NOT NULL
) STRICT;
CREATE INDEX retry_earlier ON retry (earlier);
