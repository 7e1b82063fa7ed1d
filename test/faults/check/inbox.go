package check

// inbox checks what became of the messages that were answered (I4).
func (c *checker) inbox() {
	type message struct{ topic, hash string }
	kept, worked := map[message]int{}, map[message]bool{}
	for _, d := range c.Store.Deliveries {
		m := message{d.Topic, d.Hash}
		kept[m]++
		worked[m] = d.Applied || d.Parked
	}
	signed, forged := map[message]bool{}, map[message]bool{}
	for _, p := range c.Publisher {
		m := message{p.Topic, p.Hash}
		switch {
		case p.Signed && p.Status/100 == 2:
			signed[m] = true
		case !p.Signed:
			forged[m] = true
			if p.Status/100 == 2 {
				c.report("I4", "a forged message on %s was answered %d", p.Topic, p.Status)
			}
		}
	}
	for m := range signed {
		switch {
		case kept[m] != 1:
			c.report("I4", "a message on %s was answered 2xx and is in the inbox %d times", m.topic, kept[m])
		case !worked[m]:
			c.report("I4", "a message on %s is in the inbox and nobody has worked on it", m.topic)
		}
	}
	for m := range forged {
		if kept[m] > 0 && !signed[m] {
			c.report("I4", "a forged message on %s is in the inbox", m.topic)
		}
	}
	c.transactions()
}

// transactions checks that each of IDA's transactions is in the history once.
func (c *checker) transactions() {
	events := map[[2]string]int{}
	for _, e := range c.Store.Events {
		if e.RequestType == "AUTHENTICATION_REQUEST" && e.RequestID != "" {
			events[[2]string{e.Resident, e.RequestID}]++
		}
	}
	for _, n := range events {
		if n > 1 {
			c.report("I4", "one authentication is in the history %d times", n)
		}
	}
}
