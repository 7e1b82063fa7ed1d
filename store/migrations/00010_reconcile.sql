-- +goose Up

-- When upstream is asked next about an event that is open, and how often it was. Every open event has this, whoever
-- wrote it; one that ends leaves the index.
alter table event
    add column check_at timestamptz not null default now() + interval '2 seconds',
    add column checks   int         not null default 0;
create index event_check on event (check_at) where status = 'IN_PROGRESS';

-- Whose history of authentications is compared with ID Authentication's: residents with a session, and how far the two
-- were equal. The id is sealed, and removed with the end of the session.
create table history_check (
    token_id      text primary key,
    individual_id bytea,
    active_until  timestamptz not null,
    check_at      timestamptz not null,
    checks        int         not null default 0,
    equal_until   timestamptz
);
create index history_check_due on history_check (check_at) where individual_id is not null;

-- When a lost delivery was last followed by an early look at everything that is open.
create table reconcile_state (
    id          boolean primary key default true check (id),
    hastened_at timestamptz not null
);
insert into reconcile_state (hastened_at) values ('-infinity');

-- +goose Down
drop table reconcile_state, history_check;
drop index event_check;
alter table event drop column check_at, drop column checks;
