ALTER TABLE invites ADD COLUMN invited_by TEXT;  -- the code ends with this member's right to invite
