CREATE INDEX process_task_late ON process_task (agency, due_us, id, process, open)
WHERE open > 0 AND due_us < 9223372036854775807;
