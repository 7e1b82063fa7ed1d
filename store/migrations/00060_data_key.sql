-- +goose Up

-- How far the rotation of the data key is in each sealed column: up to which row everything is sealed with the key, or
-- since when all of it is. A rotation that was ended goes on from here.
create table data_key_progress (
    sealed_column text primary key,
    key_id        int         not null,
    token_id      text        not null,
    row_id        text        not null,
    -- How many values up to there could not be opened: the older keys stay while there are any.
    unopened      int         not null,
    finished_at   timestamptz
);

-- +goose Down
drop table data_key_progress;
