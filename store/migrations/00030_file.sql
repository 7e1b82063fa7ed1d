-- +goose Up

-- Files that were made for a resident and are kept while they can be fetched: sealed with the data key, and short-lived.
create table file (
    token_id   text        not null,
    key        text        not null,
    name       text        not null,
    media_type text        not null,
    sealed     bytea       not null,
    made_at    timestamptz not null,
    expires_at timestamptz not null,
    primary key (token_id, key)
);
-- What is sealed does not shrink.
alter table file alter column sealed set storage external;
create index file_age on file (expires_at);
-- What could not be applied is few, is counted, and is removed after a while.
create index delivery_parked on delivery (received_at) where parked is not null;

-- +goose Down
drop index delivery_parked;
drop table file;
