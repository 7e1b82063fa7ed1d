// Package live carries what happens elsewhere to whoever is watching.
//
// WebSub deliveries come in, wakes go out; the package knows no event and no table.
//
//	  discover (with Config.TopicURL only): the topic's page names hub and self
//	            subscribe (Subscriber.Run)
//	  ┌────────────────────────────────────────────┐
//	  │                                            ▼
//	Resident Graph                                hub
//	  ▲                                            │
//	  │ GET  /hooks/websub/{id}   did you ask? ────┤   challenge echoed only while a request is pending
//	  └ POST /hooks/websub/{id}   a delivery  ─────┘   HMAC over the raw bytes, then Config.Deliver, then 2xx
//
//	a change is committed ──► Wakes.Wake(token id) ──► followers of this process, at once
//	                                    │
//	                                    └──► Redis ──► Wakes.Run of every other process ──► its followers
//
// A subscription's states, shared by all replicas through Subscriptions:
//
//	requested ──verification──► verified ──denial──► denied
//	    ▲                         │  ▲                 │
//	    │                         │  └─verification────┤   both are asked for again, with backoff
//	    └─────────────────────────┼────────────────────┘
//	                              └──secret, topics or hub changed──► unsubscribing
//
// A wake says only that a resident's history moved. It may be lost, repeated or late: a follower
// reads what is after its own cursor, and a heartbeat wakes it in any case.
package live
