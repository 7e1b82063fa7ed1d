package config

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// DataKey is about the key that seals personal data at rest.
type DataKey struct {
	Grace time.Duration `env:"DATA_KEY_GRACE" envDefault:"15m" help:"how long a rotation of the data key waits for replicas, 3m at least; the same everywhere"`
}

// shortestGrace leaves a third of it, a minute, for the longest request and job to end.
const shortestGrace = 3 * time.Minute

// check lets tests have no patience.
func (d DataKey) check(mode string) error {
	if mode == Production && d.Grace < shortestGrace {
		return errors.New("DATA_KEY_GRACE must be 3m at least")
	}
	return nil
}

// ValidateForRotation says what is missing or wrong of the little that a rotation of the data key needs.
func (c *Config) ValidateForRotation() error {
	wrong := []error{c.DataKey.check(c.Mode)}
	for name, value := range map[string]Secret{"DATABASE_URL": c.DatabaseURL, "KEYCLOAK_CLIENT_SECRET": c.Upstream.KeycloakSecret} {
		if value == "" {
			wrong = append(wrong, fmt.Errorf("%s is not set", name))
		}
	}
	for name, text := range map[string]string{"KEYCLOAK_TOKEN_URL": c.Upstream.KeycloakTokenURL, "KEYMANAGER_URL": c.Upstream.KeymanagerURL} {
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			wrong = append(wrong, fmt.Errorf("%s must be an http or https URL", name))
		}
	}
	return errors.Join(wrong...)
}
