package config

import "time"

// Orders is how residents order physical cards. PRINT_PARTNER_URL is among the cards.
type Orders struct {
	Hosts          []string      `env:"PRINT_PARTNER_HOSTS" help:"hosts, with their port if it is not the scheme's and with commas, at which print partners may take orders and show how far a card has come; no other is linked to"`
	LookupURL      string        `env:"PRINT_PARTNER_ORDERS_URL" help:"the address at which the print partner tells the payment of an order whose resident never came back; empty: such an order ends after ORDER_TIMEOUT"`
	Timeout        time.Duration `env:"ORDER_TIMEOUT" envDefault:"24h" help:"how long an order can be paid"`
	CredentialType string        `env:"ORDER_CREDENTIAL_TYPE" envDefault:"euin" help:"the type of the credential that a print partner gets"`
}
