CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    parent_id TEXT NOT NULL,
    draft_id TEXT,
    number TEXT NOT NULL,
    query_code TEXT NOT NULL,
    one_thing TEXT NOT NULL,
    item TEXT NOT NULL,
    definition_version BIGINT NOT NULL,
    definition_digest TEXT NOT NULL,
    division TEXT NOT NULL,
    agency TEXT NOT NULL,
    applicant TEXT NOT NULL,
    child TEXT NOT NULL,
    filed_by TEXT NOT NULL,
    channel TEXT NOT NULL,
    phase TEXT NOT NULL,
    revision BIGINT NOT NULL,
    submitted_us BIGINT NOT NULL,
    accepted_us BIGINT,
    decided_us BIGINT,
    issued_us BIGINT,
    completed_us BIGINT,
    ended_us BIGINT,
    due_us BIGINT,
    statutory_due_us BIGINT,
    yellow_us BIGINT NOT NULL,
    red_us BIGINT NOT NULL,
    paused BIGINT NOT NULL,
    open BIGINT NOT NULL,
    assignee TEXT NOT NULL,
    assignee_name TEXT NOT NULL,
    automatic BIGINT NOT NULL,
    granted BIGINT NOT NULL,
    referred BIGINT NOT NULL,
    licence_uses BIGINT NOT NULL,
    late BIGINT NOT NULL,
    late_by_law BIGINT NOT NULL,
    promised_days BIGINT NOT NULL,
    used_days BIGINT NOT NULL,
    licence_id TEXT NOT NULL,
    names {blob} NOT NULL,
    state TEXT NOT NULL,
    history TEXT NOT NULL
);
CREATE UNIQUE INDEX cases_by_draft ON cases (draft_id);
CREATE UNIQUE INDEX cases_by_number ON cases (number);
CREATE INDEX cases_by_query_code ON cases (query_code);
CREATE INDEX cases_by_parent ON cases (parent_id, id);
CREATE INDEX cases_by_applicant ON cases (applicant, parent_id, id);
CREATE INDEX cases_work ON cases (agency, open, red_us, id);
CREATE INDEX cases_work_of ON cases (agency, open, assignee, red_us, id);
CREATE INDEX cases_lamp ON cases (open, division, item, red_us, yellow_us, paused);
CREATE INDEX cases_submitted ON cases (submitted_us, id);
CREATE INDEX cases_accepted ON cases (accepted_us, id);
CREATE INDEX cases_decided ON cases (decided_us, id);
CREATE INDEX cases_completed ON cases (completed_us, id);
CREATE INDEX cases_ended ON cases (ended_us, id);
CREATE TABLE case_timer (
    case_id TEXT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    fired TEXT NOT NULL
);
CREATE TABLE case_event (
    case_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (case_id, sequence)
);
CREATE TABLE case_definition (
    digest TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    definition_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE case_answer (
    case_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    actor TEXT NOT NULL,
    answers {blob} NOT NULL,
    PRIMARY KEY (case_id, version)
);
CREATE TABLE case_fact (
    case_id TEXT NOT NULL,
    path TEXT NOT NULL,
    value {blob} NOT NULL,
    source TEXT NOT NULL,
    observed_us BIGINT NOT NULL,
    receipt TEXT NOT NULL,
    PRIMARY KEY (case_id, path)
);
CREATE TABLE case_material (
    id TEXT PRIMARY KEY,
    root_id TEXT NOT NULL,
    item TEXT NOT NULL,
    material TEXT NOT NULL,
    how TEXT NOT NULL,
    digest TEXT NOT NULL,
    name {blob} NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    actor TEXT NOT NULL
);
CREATE INDEX case_material_by_case ON case_material (root_id, id);
CREATE TABLE case_explanation (
    case_id TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    digest TEXT NOT NULL,
    explanation {blob} NOT NULL,
    PRIMARY KEY (case_id, at_us)
);
CREATE TABLE case_document (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    root_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    agency TEXT NOT NULL,
    layout TEXT NOT NULL,
    content {blob} NOT NULL,
    at_us BIGINT NOT NULL,
    event_sequence BIGINT NOT NULL,
    digest TEXT NOT NULL
);
CREATE INDEX case_document_by_root ON case_document (root_id, id);
CREATE INDEX case_document_by_case ON case_document (case_id, id);
CREATE TABLE case_stand_in (
    id TEXT PRIMARY KEY,
    officer TEXT NOT NULL,
    deputy TEXT NOT NULL,
    deputy_name TEXT NOT NULL,
    from_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    reason TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    ended_us BIGINT NOT NULL
);
CREATE INDEX case_stand_in_by_officer ON case_stand_in (officer, until_us);
CREATE INDEX case_stand_in_by_deputy ON case_stand_in (deputy, until_us);
CREATE TABLE case_number_sequence (
    code TEXT NOT NULL,
    day BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (code, day)
);
CREATE TABLE case_tally (
    metric TEXT NOT NULL,
    day BIGINT NOT NULL,
    division TEXT NOT NULL,
    item TEXT NOT NULL,
    agency TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (metric, day, division, item, agency)
);
CREATE TABLE case_standing (
    phase TEXT NOT NULL,
    division TEXT NOT NULL,
    item TEXT NOT NULL,
    agency TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (phase, division, item, agency)
);
