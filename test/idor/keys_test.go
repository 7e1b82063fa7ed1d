package idor

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestAnotherResidentsIdempotencyKeyIsAFreshOne has a resident use the keys under which another one has changed
// something, with the same input and with another: the answer must be the one for a key that nobody used.
func TestAnotherResidentsIdempotencyKeyIsAFreshOne(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, unlimited...)
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	all := residents(t, s, 3*len(keyed))
	for coordinate, field := range keyed {
		three := all[:3]
		all = all[3:]
		t.Run(coordinate, func(t *testing.T) {
			t.Parallel()
			b := settle(t, s, three[1])
			document := keyDocument(field)
			shared, sealed := rand.Text(), b.one(giverOf(field))
			used := b.key(document, shared, sealed)
			b.Settled()
			before := snapshot(t, b)
			var shapes []string
			for i, key := range []string{shared, rand.Text()} {
				r := []harness.Resident{three[0], three[2]}[i]
				other := &person{Resident: r, Client: s.SignIn(t, r.UIN), t: t, server: s}
				theirs := sealed                                              // what only b can revoke is refused, whatever the key
				if i == 1 && !strings.Contains(giverOf(field), "partners.") { // partners are everybody's
					theirs = nonsense(sealed)
				}
				came := other.key(document, key, theirs)
				for _, canary := range b.canaries() {
					if strings.Contains(fmt.Sprint(came), canary) {
						t.Errorf("the answer holds something of the resident who used the key first: %v", came)
					}
				}
				shapes = append(shapes, shape(came))
				again := other.key(document, key, theirs)
				if plain(t, again) != plain(t, came) {
					t.Errorf("the same key answers something else the second time:\n%s\n%s", plain(t, came), plain(t, again))
				}
			}
			if shapes[0] != shapes[1] {
				t.Errorf("a key that another resident used is told from a fresh one:\n%s\n%s", shapes[0], shapes[1])
			}
			if after := snapshot(t, b); after != before {
				t.Errorf("something changed for the resident who used the key first: %s", difference(before, after))
			}
			if again := b.key(document, shared, sealed); eventOf(again) != eventOf(used) || eventOf(used) == nil {
				t.Errorf("the key's own resident gets event %v, had %v", eventOf(again), eventOf(used))
			}
		})
	}
}

func keyDocument(field string) string {
	if strings.Contains(field, "$event") {
		return "mutation ($key: String!, $event: EventID!) { done: " + field + " }"
	}
	for _, name := range []string{"handle", "partner", "printer", "share"} {
		if strings.Contains(field, "$"+name) {
			return "mutation ($key: String!, $" + name + ": ID!) { done: " + field + " }"
		}
	}
	return "mutation ($key: String!) { done: " + field + " }"
}

// giverOf answers the field whose values go into a mutation beside the key.
func giverOf(field string) string {
	for variable, giver := range map[string]string{"$event": "Event.eventId", "$partner": "partners.edges.node.id", "$printer": "printers.partners.nodes.id", "$share": "Share.id"} {
		if strings.Contains(field, variable) {
			return giver
		}
	}
	return "Vid.id"
}

// key runs a mutation with a key.
func (p *person) key(document, key, id string) map[string]any {
	variables := map[string]any{"key": key}
	for _, name := range []string{"handle", "event", "partner", "printer", "share"} {
		if strings.Contains(document, "$"+name) {
			variables[name] = id
		}
	}
	return p.Must(document, variables)
}

// eventOf answers what was recorded: the event, or the ticket of a grievance.
func eventOf(data map[string]any) any {
	if ticket := harness.At(data, "done", "grievance", "ticketId"); ticket != nil {
		return ticket
	}
	if share := harness.At(data, "done", "share", "event", "eventId"); share != nil {
		return share
	}
	return harness.At(data, "done", "event", "eventId")
}

// shape answers decoded JSON with every text but codes and enum values replaced.
func shape(value any) string {
	switch value := value.(type) {
	case map[string]any:
		var parts []string
		for _, name := range []string{"done", "event", "eventId", "vid", "id", "authLocks", "type", "errors", "code"} {
			if v, ok := value[name]; ok {
				if name == "code" || name == "type" {
					parts = append(parts, fmt.Sprint(name, "=", v))
					continue
				}
				parts = append(parts, name+"="+shape(v))
			}
		}
		return "{" + strings.Join(parts, " ") + "}"
	case []any:
		var parts []string
		for _, v := range value {
			parts = append(parts, shape(v))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case nil:
		return "null"
	default:
		return fmt.Sprintf("%T", value)
	}
}
