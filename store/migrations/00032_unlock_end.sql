-- +goose Up

-- When ID Repository is asked next whether a temporary unlock that was confirmed has ended; null when there is nothing to
-- ask, or the end has been told.
alter table auth_lock add column ask_at timestamptz;
create index auth_lock_ask on auth_lock (ask_at) where ask_at is not null;
update auth_lock set ask_at = unlock_until where confirmed_at is not null and unlock_until > now();

-- +goose Down
alter table auth_lock drop column ask_at;
