-- +goose Up

-- One row per event of a resident's service history. Everything is keyed by the resident's token id first, so that the
-- table can be distributed by it; here it is, over 16 partitions that can be vacuumed side by side. Not by time: every
-- page, event and key would then be looked for in every month that is kept, and what must be unique would be unique per
-- month only. See docs/history.md.
create table event (
    token_id              text        not null,
    event_id              text        not null,
    request_type          text        not null,
    status                text        not null,
    status_detail         text        not null,
    created_at            timestamptz not null,
    updated_at            timestamptz not null,
    read                  boolean     not null default true,
    pinned                boolean     not null default false,
    -- Whether it moves by itself, so that its news ring the bell, and the number of the change that was its newest news.
    async                 boolean     not null default false,
    news                  bigint      not null default 0,
    signed_in_with        text,
    login_mode            text,
    partner_id            text,
    partner_name          text,
    purpose               text,
    attributes            text[]      not null default '{}',
    -- SHA-256 (upper-case hex) of the UIN or VID that the event concerns, as ID Authentication sends it.
    ref_hash              text,
    -- The same id with most digits replaced by X, for texts.
    ref_masked            text,
    -- The id under which upstream reports on the event: the lock's request id or IDA's transaction id.
    request_id            text,
    credential_request_id text,
    aid                   text,
    -- The id of the resident, sealed with the data key: the reconciler needs it to ask upstream.
    individual_id         bytea,
    error_code            text,
    upstream_code         text,
    primary key (token_id, event_id)
) partition by hash (token_id);
-- +goose StatementBegin
do $$ begin
    for i in 0..15 loop
        execute format('create table event_%s partition of event for values with (modulus 16, remainder %s)', i, i);
    end loop;
end $$;
-- +goose StatementEnd
-- The service history, in both orders and both directions; also the pins.
create index event_list on event (token_id, pinned, created_at, event_id);
create index event_bell on event (token_id, news) where async;
create index event_unread on event (token_id, news) where async and not read;
create index event_ref on event (token_id, ref_hash) where ref_hash is not null;
-- Authentications, nine rows of ten, are found by the unique index below.
create index event_request on event (request_id) where request_id is not null and request_type <> 'AUTHENTICATION_REQUEST';
create index event_credential_request on event (credential_request_id) where credential_request_id is not null;
create index event_aid on event (aid, created_at desc) where aid is not null;
-- IDA reports each of its transactions once or many times; here each is one event.
create unique index event_authentication on event (token_id, request_id) where request_type = 'AUTHENTICATION_REQUEST';
-- What is to be removed.
create index event_age on event (updated_at) where status <> 'IN_PROGRESS';

-- What a lock event asked for, one row per way of authenticating.
create table auth_lock (
    token_id     text        not null,
    event_id     text        not null,
    type         text        not null,
    locked       boolean     not null,
    -- The state that ID Authentication had confirmed when the event was made.
    before       boolean     not null,
    unlock_until timestamptz,
    requested_at timestamptz not null,
    confirmed_at timestamptz,
    failed       boolean     not null default false,
    primary key (token_id, event_id, type)
);
create index auth_lock_latest on auth_lock (token_id, type, requested_at desc);

-- Every change of every event, numbered per resident without gaps: what subscriptions and timelines are made of. It is
-- kept as long as its event.
create table event_change (
    token_id      text        not null,
    seq           bigint      not null,
    event_id      text        not null,
    status        text        not null,
    status_detail text        not null,
    source        text        not null,
    at            timestamptz not null,
    primary key (token_id, seq)
) partition by hash (token_id);
-- +goose StatementBegin
do $$ begin
    for i in 0..15 loop
        execute format('create table event_change_%s partition of event_change for values with (modulus 16, remainder %s)', i, i);
    end loop;
end $$;
-- +goose StatementEnd
create index event_change_event on event_change (token_id, event_id);

create table resident_state (
    token_id       text primary key,
    seq            bigint not null default 0,
    login_at       timestamptz,
    -- The sign-in before the present one: what a resident is shown as the last.
    last_login_at  timestamptz,
    -- The number of the newest change that the resident has seen at the bell.
    bell_seen      bigint not null default 0
);

create table idempotency (
    token_id   text        not null,
    mutation   text        not null,
    key        text        not null,
    input_hash bytea       not null,
    event_id   text        not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    primary key (token_id, mutation, key)
);
create index idempotency_age on idempotency (started_at);

-- The WebSub inbox: verified deliveries, kept before they are acknowledged and worked on later.
create table delivery (
    id          bigint generated always as identity primary key,
    topic       text        not null,
    body_hash   bytea       not null,
    body        bytea       not null,
    received_at timestamptz not null,
    applied_at  timestamptz,
    attempts    int         not null default 0,
    next_at     timestamptz not null,
    parked      text,
    unique (topic, body_hash)
);
-- What was applied is forgotten after a while.
create index delivery_applied on delivery (applied_at) where applied_at is not null;
create index delivery_open on delivery (next_at, id) where applied_at is null and parked is null;

-- WebSub subscriptions, shared by all replicas.
create table subscription (
    callback_id  text primary key,
    topic        text        not null,
    secret       bytea       not null,
    state        text        not null,
    requested_at timestamptz,
    verified_at  timestamptz,
    lease_until  timestamptz
);

-- The data key that seals personal data at rest, itself sealed by Key Manager.
create table data_key (
    id         int generated always as identity primary key,
    wrapped    text        not null,
    created_at timestamptz not null
);

-- +goose Down
drop table data_key, subscription, delivery, idempotency, resident_state, event_change, auth_lock, event;
