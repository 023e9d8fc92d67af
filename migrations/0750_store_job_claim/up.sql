CREATE INDEX job_ready ON job (run_at_us, id) WHERE attempts < 8;
CREATE INDEX job_spent ON job (run_at_us, id) WHERE attempts >= 8;
DROP INDEX job_due;
