package check

import (
	"math"
	"strings"

	"github.com/anishathalye/porcupine"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
)

// register is one lock of one resident: whether it is confirmed as locked.
type register struct{ resident, authType string }

// access is an operation on a register: setting it, or reading it.
type access struct {
	sets  bool
	value bool // what is set
}

// locks checks that what was read of each lock fits one order in which the locks were set (I7). Setting one takes from
// the first time it was asked for until its confirmation was seen. What was read while a change was pending is left out:
// it says so itself.
func (c *checker) locks() {
	history := map[register][]porcupine.Operation{}
	for _, r := range c.Reads {
		for authType, locked := range r.Locks {
			at := register{r.Resident, authType}
			history[at] = append(history[at], porcupine.Operation{Input: access{}, Output: locked,
				Call: r.Asked.UnixNano(), Return: r.Answered.UnixNano()})
		}
	}
	for at, operation := range c.confirmed() {
		if len(history[at]) > 0 { // somebody looked
			history[at] = append(history[at], operation...)
		}
	}
	for at, operations := range history {
		model := porcupine.Model{
			Init: func() any { return c.Before[at.resident].Locks[at.authType] },
			Step: func(state, input, output any) (bool, any) {
				if in := input.(access); in.sets {
					return true, in.value
				}
				return state == output, state
			},
		}
		if !porcupine.CheckOperations(model, operations) {
			c.report("I7", "what %s was shown of %s fits no order of its %d changes and readings", short(at.resident), at.authType, len(operations))
		}
	}
}

// confirmed answers the changes that were confirmed, by what they changed.
func (c *checker) confirmed() map[register][]porcupine.Operation {
	seen := map[string]int64{} // when its confirmation was, by event
	for _, frame := range c.Subscriber {
		if _, again := seen[frame.Event]; !again && frame.Status == "SUCCESS" {
			seen[frame.Event] = frame.At.UnixNano()
		}
	}
	changes, asked := map[register][]porcupine.Operation{}, map[intent]bool{}
	for _, line := range c.Client {
		i := intentOf(line)
		if line.Mutation != "setAuthLocks" || line.Phase != ledger.Sent || asked[i] {
			continue
		}
		asked[i] = true
		event := c.keys[i].EventID
		if c.events[event].Status != "SUCCESS" {
			continue
		}
		end, known := seen[event]
		if !known {
			end = math.MaxInt64
		}
		for word := range strings.FieldsSeq(line.Input) {
			authType, value, _ := strings.Cut(word, "=")
			at := register{line.Resident, authType}
			changes[at] = append(changes[at], porcupine.Operation{Input: access{sets: true, value: value == "true"},
				Call: line.At.UnixNano(), Return: end})
		}
	}
	return changes
}
