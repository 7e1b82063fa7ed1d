package config

import "time"

// Cards is where cards come from and who makes them. What is empty is not asked, and what needs it is refused.
type Cards struct {
	DataShareURL       string   `env:"DATA_SHARE_URL" help:"Data Share, …/v1/datashare: cards are fetched from it"`
	DataShareHosts     []string `env:"DATA_SHARE_HOSTS" help:"further host names by which policies call Data Share, with commas"`
	MaxMB              int      `env:"CARD_MAX_MB" envDefault:"10" help:"the largest card that is taken, in MB"`
	DigitalCardURL     string   `env:"DIGITAL_CARD_URL" help:"Digital Card Service, …/v1/digitalcard: a second place to ask where a card is"`
	DigitalCardIssuer  string   `env:"DIGITAL_CARD_ISSUER" envDefault:"mpartner-default-digitalcard" help:"the partner that makes cards as PDF (mosip.credential.issuer)"`
	PrintPartnerURL    string   `env:"PRINT_PARTNER_URL" help:"the address at which the print partner tells how an order stands (GET_ORDER_STATUS_URL)"`
	ShareEncryptionKey Secret   `env:"SHARE_ENCRYPTION_KEY" help:"with which shared attributes are encrypted (mosip.resident.request.credential.encryption.key); empty: they are not"`

	// What is true of cards that the Digital Card Service makes.
	Kept               time.Duration `env:"CARD_KEPT" help:"how long a card that was fetched is kept, so that it can be fetched again; as long as an event about it unless set"`
	Timeout            time.Duration `env:"CARD_TIMEOUT" envDefault:"24h" help:"how long a card is waited for; then its request has failed"`
	PasswordAttributes []string      `env:"CARD_PASSWORD_ATTRIBUTES" envSeparator:"|" help:"attributes whose beginnings open a card, such as fullName|dateOfBirth (mosip.digitalcard.uincard.password); none unless set"`
}
