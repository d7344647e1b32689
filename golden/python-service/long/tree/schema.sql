-- The tables, for `make db`. It may run again at any time.

CREATE TABLE IF NOT EXISTS notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text NOT NULL
);

-- An index entry has room for 2700 bytes, a text may be longer.
CREATE UNIQUE INDEX IF NOT EXISTS notes_text ON notes (md5(text));
