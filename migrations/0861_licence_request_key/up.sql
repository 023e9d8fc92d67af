ALTER TABLE licence_request ADD COLUMN reply_key {blob};
