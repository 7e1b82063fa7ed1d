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
	c, err := Load([]string{"MODE=sandbox", "PORT=1234"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Use(map[string]string{"IDENTITY_URL": "http://localhost:1/identity", "OIDC_CLIENT_ID": "c", "WEBSUB_HUB_URL": "http://localhost:1/hub/"}); err != nil {
		t.Fatal(err)
	}
	if c.PublicURL != "http://localhost:1234" || c.WebSub.CallbackURL != c.PublicURL {
		t.Errorf("the public URL is %s, the callback's %s", c.PublicURL, c.WebSub.CallbackURL)
	}
	if c.Upstream.IdentityURL != "http://localhost:1/identity" || c.OIDC.ClientID != "c" || c.WebSub.HubURL != "http://localhost:1/hub/" {
		t.Errorf("not taken: %+v", c.Upstream)
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
