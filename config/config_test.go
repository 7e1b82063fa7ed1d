package config

import (
	"bytes"
	"strings"
	"testing"
)

func TestProductionSaysAllThatIsMissing(t *testing.T) {
	c, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Mode != Production {
		t.Errorf("the default mode is %s", c.Mode)
	}
	said := c.Validate()
	if said == nil {
		t.Fatal("nothing is missing")
	}
	for _, name := range []string{"PUBLIC_URL", "DATABASE_URL", "REDIS_URL", "SECRET", "OIDC_ISSUER", "OIDC_CLIENT_KEY", "IDENTITY_URL", "WEBSUB_HUB_URL", "TOKEN_ID_UIN_SALT"} {
		if !strings.Contains(said.Error(), name) {
			t.Errorf("%s is not named", name)
		}
	}
}

func TestProductionRefusesAGraceInWhichAWriteIsStillUnderWay(t *testing.T) {
	for environment, refused := range map[string]bool{"UPSTREAM_TIMEOUT=5s": false, "UPSTREAM_TIMEOUT=6s": true, "OUTCOME_GRACE=17s": true, "OUTCOME_GRACE=18s": false} {
		c, err := Load([]string{environment})
		if err != nil {
			t.Fatal(err)
		}
		if said := c.Validate(); strings.Contains(said.Error(), "OUTCOME_GRACE") != refused {
			t.Errorf("%s: %v", environment, said)
		}
	}
}

func TestProductionRefusesTheSandboxsSecret(t *testing.T) {
	sandbox, err := Load([]string{"MODE=sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load([]string{"SECRET=" + string(sandbox.Secret)})
	if err != nil {
		t.Fatal(err)
	}
	if said := c.Validate(); !strings.Contains(said.Error(), "SECRET is the sandbox's") {
		t.Errorf("it is taken: %v", said)
	}
}

func TestWhatIsWrongIsSaidWithoutItsValue(t *testing.T) {
	for name, environment := range map[string][]string{
		"PORT": {"PORT=s3cr3t"}, "SESSION_IDLE": {"SESSION_IDLE=s3cr3t"}, "MODE": {"MODE=test"},
	} {
		_, err := Load(environment)
		if err == nil || !strings.Contains(err.Error(), "MODE") && strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheSandboxFillsInWhatItKnows(t *testing.T) {
	environment := []string{"MODE=sandbox", "PORT=1234"}
	c, err := Load(environment)
	if err != nil {
		t.Fatal(err)
	}
	c.DatabaseURL, c.RedisURL = "postgres://found", "redis://found"
	if err := c.Use(map[string]string{"IDENTITY_URL": "http://localhost:1/identity", "OIDC_CLIENT_ID": "c",
		"WEBSUB_HUB_URL": "http://localhost:1/hub/"}, environment); err != nil {
		t.Fatal(err)
	}
	if c.DatabaseURL != "postgres://found" || c.RedisURL != "redis://found" {
		t.Error("Postgres or Redis is another than was found")
	}
	if c.PublicURL != "http://localhost:1234" || c.WebSub.CallbackURL != c.PublicURL {
		t.Errorf("the public URL is %s, the callback's %s", c.PublicURL, c.WebSub.CallbackURL)
	}
	if c.Upstream.IdentityURL != "http://localhost:1/identity" || c.OIDC.ClientID != "c" || c.WebSub.HubURL != "http://localhost:1/hub/" {
		t.Errorf("not taken: %+v", c.Upstream)
	}
}

func TestTheEnvironmentComesBeforeWhatTheSandboxSays(t *testing.T) {
	environment := []string{"MODE=sandbox", "UPSTREAM_TIMEOUT=700ms", "IDENTITY_URL=https://own.example/identity", "WEBSUB_HUB_URL=https://own.example/hub/",
		"OIDC_ACR_VALUES=own:acr", "CREDENTIAL_URL=https://own.example/credentials", "DATA_SHARE_URL=", "WEBSUB_LEASE=7h"}
	c, err := Load(environment)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, name := range []string{"IDENTITY_URL", "VID_URL", "WEBSUB_HUB_URL", "CREDENTIAL_URL", "DATA_SHARE_URL", "OIDC_ISSUER", "PARTNER_LOGO_HOSTS"} {
		said[name] = "http://sandbox/" + name
	}
	if err := c.Use(said, environment); err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"UPSTREAM_TIMEOUT": {c.Upstream.Timeout.String(), "700ms"}, "IDENTITY_URL": {c.Upstream.IdentityURL, "https://own.example/identity"},
		"WEBSUB_HUB_URL": {c.WebSub.HubURL, "https://own.example/hub/"}, "OIDC_ACR_VALUES": {strings.Join(c.OIDC.ACRValues, " "), "own:acr"},
		"CREDENTIAL_URL": {c.Jobs.CredentialURL, "https://own.example/credentials"}, "WEBSUB_LEASE": {c.WebSub.Lease.String(), "7h0m0s"},
		"VID_URL": {c.Upstream.VidURL, "http://sandbox/VID_URL"}, "OIDC_ISSUER": {c.OIDC.Issuer, "http://sandbox/OIDC_ISSUER"},
		"DATA_SHARE_URL":     {c.Cards.DataShareURL, ""},
		"PARTNER_LOGO_HOSTS": {strings.Join(c.Logos.Hosts, " "), "http://sandbox/PARTNER_LOGO_HOSTS"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %s, want %s", name, pair[0], pair[1])
		}
	}
}

func TestHelpNamesEveryVariableAndNoSecretIsPrinted(t *testing.T) {
	var out bytes.Buffer
	Help(&out)
	for _, name := range []string{"MODE", "PORT", "OIDC_CLIENT_KEY", "WEBSUB_HUB_URL", "COST_RESIDENT", "BEARER_AUDIENCE"} {
		if !strings.Contains(out.String(), "  "+name+" ") {
			t.Errorf("%s is not in the help", name)
		}
	}
	if text := Secret("s3cr3t").String(); text != "(set)" {
		t.Errorf("a secret prints as %s", text)
	}
}
