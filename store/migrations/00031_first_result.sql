-- +goose Up

-- What a mutation answered the first time beyond what its event tells, for a repeat: the key of the sentence that told a
-- refusal, and the rest, sealed with the data key. It is forgotten with the key.
alter table idempotency
    add column sentence text,
    add column result   bytea;

-- +goose Down
alter table idempotency drop column sentence, drop column result;
