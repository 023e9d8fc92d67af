-- Records of registries that the result of a case entered or changed.
CREATE TABLE case_entry (
    case_id TEXT NOT NULL,
    registry TEXT NOT NULL,
    record_id TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (case_id, registry)
);
