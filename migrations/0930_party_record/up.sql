DROP VIEW IF EXISTS account_post;
CREATE VIEW account_post AS
    SELECT id, person_id, kind, login, roles, agency, division, closed_us, locked_us FROM account;
DROP VIEW IF EXISTS message_sent;
CREATE VIEW message_sent AS
    SELECT id, person_id, template, args, link, at_us FROM message;
