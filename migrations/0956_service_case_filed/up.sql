CREATE INDEX cases_by_clerk ON cases (filed_by, id) WHERE channel = 'window' AND parent_id = '';
