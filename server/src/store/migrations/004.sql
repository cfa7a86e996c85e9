CREATE TABLE lineages (
  org TEXT NOT NULL, doc TEXT NOT NULL,
  yjs_client INTEGER NOT NULL,
  user TEXT NOT NULL,                          -- who used it first
  closed INTEGER NOT NULL,                     -- an update of it was refused
  PRIMARY KEY (org, doc, yjs_client)
) STRICT, WITHOUT ROWID;
