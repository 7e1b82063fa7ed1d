-- +goose Up

-- What a resident agreed to share in an event: which attributes in which format, never their values. With whom, what for
-- and when is the event's, as it is for shares from before.
create table share (
    token_id        text        not null,
    event_id        text        not null,
    shared          jsonb       not null,
    consent_version text        not null,
    policy_id       text        not null,
    expires_at      timestamptz,
    primary key (token_id, event_id)
);
create index event_share on event (token_id, created_at, event_id) where request_type = 'SHARE_CRED_WITH_PARTNER';

-- +goose Down
drop index event_share;
drop table share;
