-- +goose Up

-- What residents complained of, about which event. What they and the operators wrote is sealed with the data key.
create table grievance (
    token_id   text        not null,
    ticket_id  uuid        not null,
    event_id   text        not null,
    status     text        not null,
    sealed     bytea       not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (token_id, ticket_id)
);
create index grievance_list on grievance (token_id, created_at, ticket_id);
create index grievance_event on grievance (token_id, event_id);
-- The queue of those who answer, and a ticket that somebody quotes.
create index grievance_queue on grievance (status, created_at, ticket_id);
create unique index grievance_ticket on grievance (ticket_id);

-- +goose Down
drop table grievance;
