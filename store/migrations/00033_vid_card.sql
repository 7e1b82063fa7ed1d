-- +goose Up

-- The newest card of each VID, among all the uses of the VID.
create index event_vid_card on event (token_id, ref_hash, created_at desc) where request_type = 'VID_CARD_DOWNLOAD';

-- +goose Down
drop index event_vid_card;
