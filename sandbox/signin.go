package sandbox

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/resident-graph/resident-graph/sandbox/esignet"
	"github.com/resident-graph/resident-graph/sandbox/seedkey"
)

const (
	oidcClient      = "resident-graph"
	oidcClientKeyID = "resident-graph-1"
)

// newESignet makes e-Signet with Resident Graph as its relying party.
func (s *Sandbox) newESignet() http.Handler {
	public := jose.JSONWebKey{
		Key: s.clientKey().Public(), KeyID: oidcClientKeyID, Algorithm: string(jose.ES256), Use: "sig",
	}
	return esignet.New(esignet.Config{
		Issuer: s.url, Seed: s.options.Seed, Resident: s.personBehind, Authenticated: s.ida.signedIn, Log: s.options.Log,
		Clients: []esignet.Client{{
			ID: oidcClient, Key: public, RedirectURIs: []string{s.options.PublicURL + "/auth/callback"},
		}},
	})
}

func (s *Sandbox) clientKey() *ecdsa.PrivateKey { return seedkey.EC(s.options.Seed, "oidc client") }

// personBehind finds who may sign in with a UIN or a VID.
func (s *Sandbox) personBehind(individualID string) (esignet.Resident, error) {
	uin := individualID
	if kindOf(individualID) == "VID" {
		one, err := s.vids.find(individualID)
		if errors.Is(err, noRecord) {
			return esignet.Resident{}, esignet.ErrUnknown
		}
		if err != nil {
			return esignet.Resident{}, esignet.ErrBlocked
		}
		uin = one.UIN
	}
	r := s.residents.byUIN[uin]
	switch {
	case r == nil:
		return esignet.Resident{}, esignet.ErrUnknown
	case r.Status != "ACTIVATED":
		return esignet.Resident{}, esignet.ErrBlocked
	}
	names := map[string]string{}
	for i, language := range languages {
		names[language[:2]] = r.Names[i]
	}
	return esignet.Resident{
		IndividualID: individualID, Subject: upperHash("subject " + s.options.Seed + uin),
		Name: r.Names[0], Names: names, Email: r.Email, Phone: r.Phone, Picture: r.photo(),
	}, nil
}

// Environment is what Resident Graph needs to run against this sandbox, by the
// names of its environment variables.
func (s *Sandbox) Environment() map[string]string {
	return map[string]string{
		"OIDC_ISSUER":                    s.url,
		"OIDC_CLIENT_ID":                 oidcClient,
		"OIDC_CLIENT_KEY":                pemKey(s.clientKey()),
		"OIDC_CLIENT_KEY_ID":             oidcClientKeyID,
		"OIDC_RELYING_PARTY_ID":          oidcClient,
		"KEYCLOAK_TOKEN_URL":             s.url + openidConnect + "/token",
		"KEYCLOAK_CLIENT_ID":             residentAgent,
		"KEYCLOAK_CLIENT_SECRET":         s.realm.secret(residentAgent),
		"IDENTITY_URL":                   s.url + identityBase,
		"VID_URL":                        s.url + vidBase,
		"PARTNER_URL":                    s.url + "/v1/partnermanager",
		"MASTERDATA_URL":                 s.url + masterDataBase,
		"CONFIG_SERVER_URL":              s.url + "/config",
		"AUDIT_URL":                      s.url + "/v1/auditmanager",
		"NOTIFICATION_URL":               s.url + "/v1/notifier",
		"KEYMANAGER_URL":                 s.url + keyManagerBase,
		"CREDENTIAL_URL":                 s.url + "/v1/credentialrequest",
		"DATA_SHARE_URL":                 s.url + dataShareBase,
		"DIGITAL_CARD_URL":               s.url + "/v1/digitalcard",
		"PRINT_PARTNER_URL":              s.url + orderStatusPath,
		"PRINT_PARTNER_ORDERS_URL":       s.url + orderLookupPath,
		"PRINT_PARTNER_HOSTS":            strings.TrimPrefix(s.url, "http://"),
		"PARTNER_LOGO_HOSTS":             strings.TrimPrefix(s.url, "http://"),
		"REGISTRATION_URL":               s.url + registrationBase,
		"IDA_INTERNAL_URL":               s.url + "/idauthentication/v1/internal",
		"WEBSUB_HUB_URL":                 s.url + "/hub/",
		"TOKEN_ID_UIN_SALT":              s.tokens.uin,
		"TOKEN_ID_PARTNER_CODE_SALT":     s.tokens.partnerCode,
		"ONLINE_VERIFICATION_PARTNER_ID": onlineVerificationPartner,
		"BEARER_AUDIENCE":                bearerAudience,
		"BEARER_ISSUERS": fmt.Sprintf(`[{"issuer":%q,"jwksUrl":%q,"kinds":["PARTNER","OPERATOR"],"operatorRole":%q}]`,
			s.realm.issuer, s.url+openidConnect+"/certs", operatorRole),
	}
}

// pemKey writes a private key as PEM, PKCS#8.
func pemKey(key *ecdsa.PrivateKey) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic("sandbox: " + err.Error()) // only for a curve x509 does not know
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
