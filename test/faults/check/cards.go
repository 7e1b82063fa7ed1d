package check

// cards checks that every card that was made here is kept under the one event that tells of it (I12).
func (c *checker) cards() {
	kept := map[string]int{}
	for _, card := range c.Store.Cards {
		kept[card.EventID]++
		e := c.events[card.EventID]
		if e.RequestType != "DOWNLOAD_PERSONALIZED_CARD" || e.Resident != card.Resident || e.Status != "SUCCESS" {
			c.report("I12", "a card of %s is kept and event %s does not tell of it", short(card.Resident), card.EventID)
		}
	}
	for _, e := range c.Store.Events {
		if e.RequestType == "DOWNLOAD_PERSONALIZED_CARD" && e.Status == "SUCCESS" && kept[e.EventID] != 1 {
			c.report("I12", "card %s is ready and kept %d times", e.EventID, kept[e.EventID])
		}
	}
}
