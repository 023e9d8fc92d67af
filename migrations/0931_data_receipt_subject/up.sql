CREATE INDEX data_receipt_subject_by_receipt ON data_receipt_subject (receipt_id);
