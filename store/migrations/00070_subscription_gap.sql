-- +goose Up

-- What tells a renewal from a subscription that had been interrupted: the hub said last that it has it, and something was
-- wrong since it last confirmed.
alter table subscription
    add column stood boolean not null default false,
    add column gap   boolean not null default false;

-- +goose Down
alter table subscription drop column stood, drop column gap;
