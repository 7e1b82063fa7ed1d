package live

import "context"

// retire ends subscriptions that are no longer ours until ctx ends: those of topics taken out of the
// configuration, and those made with an earlier secret or at an earlier address once the present one's
// subscription stands. Their deliveries are refused from then on, whatever the hub says.
func (s *Subscriber) retire(ctx context.Context) {
	for sleep(ctx, jitter(s.cfg.ResubscribeEvery, 4)) {
		s.retireOnce(ctx)
	}
}

func (s *Subscriber) retireOnce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, roundWithin)
	defer cancel()
	rows, err := s.cfg.Store.LoadSubscriptions(ctx)
	if err != nil {
		s.cfg.Log.WarnContext(ctx, "websub subscriptions not read", "error", err)
		return
	}
	standing := map[string]bool{}
	for _, row := range rows {
		if s.topicOf(row.CallbackID) != nil {
			standing[row.address().name] = row.State == Verified
		}
	}
	for _, row := range rows {
		if s.obsolete(row, standing) && s.mine(ctx, row.address().name, false) {
			s.unsubscribe(ctx, row)
		}
	}
}

// obsolete tells whether row is to be ended; standing are the names of the topics whose present subscription stands.
func (s *Subscriber) obsolete(row Subscription, standing map[string]bool) bool {
	if s.topicOf(row.CallbackID) != nil || row.State == Unsubscribing && row.confirmed() {
		return false
	}
	name := row.address().name
	return s.topicNamed(name) == nil || standing[name]
}

func (s *Subscriber) unsubscribe(ctx context.Context, row Subscription) {
	row.State, row.RequestedAt = Unsubscribing, s.cfg.Now()
	over := row.address().discovered() && row.RequestedAt.After(row.LeaseUntil)
	if over { // W3C hubs keep to the lease; MOSIP's keeps a subscription for ever
		row.VerifiedAt = row.RequestedAt
	}
	err := s.cfg.Store.SaveSubscription(ctx, row)
	if err == nil && !over {
		err = s.hub.unsubscribe(ctx, row, s.callback(row.CallbackID))
	}
	if err != nil {
		s.cfg.Log.WarnContext(ctx, "websub subscription not ended", "topic", row.address().name, "error", err)
	}
}
