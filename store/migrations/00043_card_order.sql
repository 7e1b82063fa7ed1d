-- +goose Up

-- What an order of a physical card has beyond its event: where it is paid and where the resident comes back to, what the
-- print partner confirmed, and when the credential was asked for. A transaction pays for one order only.
create table card_order (
    token_id       text        not null,
    event_id       text        not null,
    partner_id     text        not null,
    page           text        not null,
    return_path    text        not null,
    expires_at     timestamptz not null,
    returned_at    timestamptz,
    transaction_id text,
    paid_at        timestamptz,
    asked_at       timestamptz,
    accepted_at    timestamptz,
    tracking_id    text,
    tracking_url   text,
    primary key (token_id, event_id)
);
create unique index card_order_payment on card_order (partner_id, transaction_id) where paid_at is not null;

-- +goose Down
drop table card_order;
