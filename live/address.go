package live

import "strings"

// address is where a topic is subscribed to.
type address struct {
	name string // MOSIP's name of the topic
	self string // what the hub calls it: rel=self of the topic's page; the name, if the topic was not discovered
	hub  string // rel=hub of that page; empty for the configured hub
}

// discovered tells whether the address was read from the topic's page.
func (a address) discovered() bool { return a.hub != "" }

// String returns the address as a Subscription keeps it.
func (a address) String() string {
	if !a.discovered() {
		return a.name
	}
	return a.name + " " + a.self + " " + a.hub
}

// address is the inverse of String.
func (s *Subscription) address() address {
	words := strings.Fields(s.Topic)
	if len(words) != 3 {
		return address{name: s.Topic, self: s.Topic}
	}
	return address{name: words[0], self: words[1], hub: words[2]}
}
