package config

import "time"

// Shares is how residents share credentials.
type Shares struct {
	ConsentVersion  string        `env:"SHARE_CONSENT_VERSION" envDefault:"1" help:"the version of the text that residents agree to when they share"`
	ConsentTemplate string        `env:"SHARE_CONSENT_TEMPLATE" help:"Master Data's template code of that text; empty: front ends bring their own"`
	GiveUpAfter     time.Duration `env:"SHARE_GIVE_UP_AFTER" envDefault:"1h" help:"a share that nobody works on for so long is called off and has failed"`
	HandedOverAfter time.Duration `env:"SHARE_HANDED_OVER_AFTER" envDefault:"10m" help:"so long after it was issued, a share of which the partner says nothing counts as handed over"`
}

// Personalized is the card that residents compose themselves.
type Personalized struct {
	Least    int      `env:"PERSONALIZED_CARD_ATTRIBUTES" envDefault:"3" help:"how many attributes a personalised card shows at least"`
	Password []string `env:"PERSONALIZED_CARD_PASSWORD" help:"fields of the identity, with commas: the first four letters of each, upper-cased, open the card; empty: no password"`
}
