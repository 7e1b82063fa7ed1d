package hub

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// batchSize is how many records MOSIP's hub takes from Kafka at a time.
const batchSize = 50

var (
	errStopped = errors.New("subscription stopped") // until the next event
	errEnded   = errors.New("subscription ended")   // for good
)

// deliver runs while the subscription does: batch after batch, in order.
func (h *Hub) deliver(ctx context.Context, s *subscription) {
	for {
		start, batch := h.take(s)
		err := h.deliverBatch(ctx, s, start, batch)
		if len(batch) > 0 {
			h.save(s)
			h.trim(s.topic)
		}
		switch {
		case errors.Is(err, errEnded) || h.over(s):
			h.remove(s)
			return
		case ctx.Err() != nil:
			h.rest(s)
			return
		case errors.Is(err, errStopped) && h.stopped(s):
			h.config.Log.Warn("hub: subscription stopped after a failed delivery", "topic", s.Topic)
			return
		case err == nil && len(batch) == 0:
			h.idle(ctx, s)
		}
	}
}

// take reads the next batch. What retention has taken from it is logged.
func (h *Hub) take(s *subscription) (start int64, batch [][]byte) {
	h.mu.Lock()
	position := s.Committed
	h.mu.Unlock()
	start, batch = s.topic.read(position, batchSize)
	if start > position {
		h.config.Log.Warn("hub: subscriber too far behind, records dropped", "topic", s.Topic, "records", start-position)
	}
	return start, batch
}

// over reports whether the lease has ended, which mode "w3c" alone looks at.
func (h *Hub) over(s *subscription) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.w3c() && !time.Now().Before(s.Ends)
}

// rest marks the subscription as not running.
func (h *Hub) rest(s *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.stop()
	s.stop = nil
}

// stopped rests the subscription after a failure, unless the mode has become
// "w3c" meanwhile, in which nothing stops.
func (h *Hub) stopped(s *subscription) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.w3c() {
		return false
	}
	s.stop()
	s.stop = nil
	return true
}

// idle waits for the next record, a change, or the end of the lease.
func (h *Hub) idle(ctx context.Context, s *subscription) {
	h.mu.Lock()
	left := time.Until(s.Ends)
	h.mu.Unlock()
	var lease <-chan time.Time
	if h.w3c() {
		timer := time.NewTimer(left)
		defer timer.Stop()
		lease = timer.C
	}
	select {
	case <-s.wake:
	case <-lease:
	case <-ctx.Done():
	}
}

// deliverBatch delivers records one by one. In mode "mosip" the first success
// commits the whole batch, as the hub commits the position of its last poll;
// in mode "w3c" each success commits its record.
func (h *Hub) deliverBatch(ctx context.Context, s *subscription, start int64, batch [][]byte) error {
	for i, body := range batch {
		if err := h.deliverRecord(ctx, s, body); err != nil {
			return err
		}
		committed := start + int64(len(batch))
		if h.w3c() {
			committed = start + int64(i) + 1
		}
		h.mu.Lock()
		s.Committed = max(s.Committed, committed)
		h.mu.Unlock()
	}
	return nil
}

// deliverRecord sends one record, again as long as the mode wants. The error
// is errStopped, errEnded or that of ctx.
func (h *Hub) deliverRecord(ctx context.Context, s *subscription, body []byte) error {
	wait := h.config.Retry
	for try := 0; ; try++ {
		if h.over(s) {
			return errEnded
		}
		r, err := h.content(ctx, s, body)
		switch {
		case errors.Is(err, errNotJSON):
			h.config.Log.Warn("hub: record that is not JSON skipped", "topic", s.Topic)
			return nil
		case err != nil:
			h.config.Log.Warn("hub: record not deliverable", "topic", s.Topic, "error", err)
			return errStopped
		}
		status, _, err := h.send(r)
		h.sent(s.Topic, r, status)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && status/100 == 2:
			return nil
		case h.w3c():
			if err == nil && status == http.StatusGone {
				return errEnded
			}
		case err == nil || try >= retries:
			return errStopped
		}
		if !pause(ctx, wait) {
			return ctx.Err()
		}
		wait = min(2*wait, maxRetry)
	}
}

// sent tells Config.Sent of a delivery.
func (h *Hub) sent(topic string, r *http.Request, status int) {
	if h.config.Sent == nil {
		return
	}
	body, err := r.GetBody() // of bytes.Reader, which has no error
	if err != nil {
		return
	}
	hash := sha256.New()
	_, _ = io.Copy(hash, body)
	h.config.Sent(topic, fmt.Sprintf("%X", hash.Sum(nil)), status)
}
