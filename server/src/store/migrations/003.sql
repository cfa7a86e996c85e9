ALTER TABLE docs ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;     -- only the head is left
ALTER TABLE orgs ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;  -- when it was restored from a backup, in ms
ALTER TABLE orgs ADD COLUMN send_again INTEGER NOT NULL DEFAULT 0;
