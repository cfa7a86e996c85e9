CREATE TABLE orgs (
  org TEXT PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

CREATE TABLE members (
  org TEXT NOT NULL, user TEXT NOT NULL,
  name TEXT NOT NULL, role TEXT NOT NULL, helper TEXT,
  PRIMARY KEY (org, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
  org TEXT NOT NULL, device TEXT NOT NULL,
  user TEXT NOT NULL, name TEXT NOT NULL,
  x TEXT NOT NULL, y TEXT NOT NULL,            -- public key, P-256, base64url
  created_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL, revoked INTEGER NOT NULL,
  PRIMARY KEY (org, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE invites (
  hash TEXT PRIMARY KEY,                       -- SHA-256 of the code, hex; the code itself is never stored
  org TEXT NOT NULL,
  user TEXT,                                   -- signs in as this member, else makes a new one
  role TEXT NOT NULL, name TEXT NOT NULL, helper TEXT,
  expires_ms INTEGER NOT NULL, single_use INTEGER NOT NULL, used_by TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE docs (
  org TEXT NOT NULL, doc TEXT NOT NULL,
  epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
  snapshot_seq INTEGER NOT NULL, log_base INTEGER NOT NULL, size INTEGER NOT NULL,
  snapshot BLOB,
  PRIMARY KEY (org, doc)
) STRICT;

CREATE TABLE updates (
  org TEXT NOT NULL, doc TEXT NOT NULL, seq INTEGER NOT NULL,
  uuid BLOB NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (org, doc, seq)
) STRICT;

CREATE TABLE clients (
  org TEXT NOT NULL, client TEXT NOT NULL,
  user TEXT NOT NULL, last_n INTEGER NOT NULL,
  PRIMARY KEY (org, client)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdicts (
  org TEXT NOT NULL, client TEXT NOT NULL, n INTEGER NOT NULL,
  user TEXT NOT NULL, uuid BLOB NOT NULL, content BLOB NOT NULL,
  outcome TEXT NOT NULL,                       -- JSON
  device TEXT, kind TEXT NOT NULL, made_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY (org, client, n)
) STRICT;
CREATE INDEX verdicts_by_uuid ON verdicts (org, user, uuid);

CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  org TEXT NOT NULL, doc TEXT NOT NULL, seq INTEGER NOT NULL,
  uuid BLOB NOT NULL, user TEXT NOT NULL,
  tbl TEXT NOT NULL, row TEXT NOT NULL, field TEXT,   -- no field: the whole row came or went
  change TEXT NOT NULL                                 -- JSON, with before and after
) STRICT;
CREATE INDEX history_by_cell ON history (org, doc, tbl, row, id);
CREATE INDEX history_by_uuid ON history (org, uuid);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  org TEXT NOT NULL, at_ms INTEGER NOT NULL, user TEXT NOT NULL,
  action TEXT NOT NULL, subject TEXT NOT NULL
) STRICT;
