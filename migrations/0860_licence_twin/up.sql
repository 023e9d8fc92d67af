ALTER TABLE agency_key ADD COLUMN twin_sealed {blob};
ALTER TABLE agency_key ADD COLUMN twin_certificate TEXT;
