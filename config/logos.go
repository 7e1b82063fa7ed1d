package config

// Logos is about the logos of partners, which are fetched from where Partner Management says.
type Logos struct {
	MaxBytes int      `env:"PARTNER_LOGO_MAX_BYTES" envDefault:"262144" help:"the largest logo of a partner that is passed on"`
	Hosts    []string `env:"PARTNER_LOGO_HOSTS" help:"host:port, with commas, from which logos are fetched although they have private addresses"`
}
