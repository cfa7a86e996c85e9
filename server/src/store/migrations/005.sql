-- History is read newest first: of everything, of a document, of a person, and of a helper's posts.
CREATE INDEX history_by_org ON history (org, id);
CREATE INDEX history_by_doc ON history (org, doc, id, user);
CREATE INDEX history_by_user ON history (org, user, id);
CREATE INDEX history_by_post ON history (org, substr(row, instr(row, '.') + 1), id) WHERE tbl = 'assigned';
