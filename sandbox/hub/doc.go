// Package hub is the sandbox's WebSub hub, in two modes.
//
// In mode "mosip" it behaves as MOSIP's Kafka-backed hub 1.3.1 does, losses
// included. In mode "w3c" it keeps to the W3C Recommendation WebSub of 23
// January 2018: leases end, a new subscription replaces the old one, content
// is delivered as published and retried until the lease ends. There each topic
// also has a page at /hub/topics/{name} that names the hub and the topic's URL,
// under which it can be subscribed to as under its name.
//
//	publish ──> log of the topic ──> one goroutine per subscription ──> POST callback
//	            (100,000 records)    (position in the log, 50 at a time)
//
// A record is accepted once it is in the log and, with a Store, stored; nobody
// waits for a subscriber. A subscriber that falls more than 100,000 records
// behind its topic loses the oldest of them, as with Kafka's retention, and
// the loss is logged. Positions are stored after each batch, so that after a
// crash up to 50 records come again.
//
// How a delivery fails in mode "mosip": a transport error is retried three
// times, an answer other than 2xx never. After a failure the subscription
// stops until a subscribe or unsubscribe of anybody succeeds. It then resumes
// at its committed position, and as the first 2xx of a batch commits the whole
// batch, what was behind it in the batch is gone.
package hub
