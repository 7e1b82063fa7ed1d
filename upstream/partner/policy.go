package partner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/upstream"
)

// ErrNoPolicy says that a partner has no policy for a type of credential: it may not have one.
var ErrNoPolicy = errors.New("no policy")

const (
	noMapping = "PMS_PRT_064"
	noPolicy  = "PMS_PRT_073"
)

// Policy is what a partner may have with one type of credential.
type Policy struct {
	ID, Name, Description string
	Published             bool
	ValidTill             time.Time // zero: no end
	Attributes            []PolicyAttribute
	// TransactionsAllowed is how often what is shared can be fetched, 0 when the policy does not say.
	TransactionsAllowed int
}

// PolicyAttribute is one attribute that may be shared.
type PolicyAttribute struct {
	Name      string // as the partner gets it
	Format    string // "" when it is not said
	Encrypted bool
}

type wirePolicy struct {
	ID          string            `json:"policyId"`
	Name        string            `json:"policyName"`
	Description string            `json:"policyDesc"`
	Status      string            `json:"status"`
	ValidTill   upstream.WireTime `json:"validTill"`
	Policies    struct {
		Attributes []struct {
			Name      string  `json:"attributeName"`
			Format    *string `json:"format"`
			Encrypted bool    `json:"encrypted"`
		} `json:"shareableAttributes"`
		DataShare struct {
			TransactionsAllowed string `json:"transactionsAllowed"`
		} `json:"dataSharePolicies"`
	} `json:"policies"`
}

// Policy returns what a partner may have with a type of credential, such as vercred. ErrNoPolicy: nothing. Denied: our
// service account lacks the role CREDENTIAL_ISSUANCE, which MOSIP does not give it by itself.
func (c *Client) Policy(ctx context.Context, partnerID, credentialType string) (*Policy, error) {
	const operation = "policy"
	wire, err := upstream.Do[wirePolicy](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodGet, Idempotent: true,
		Path: "/partners/" + upstream.Segment(partnerID) + "/credentialtype/" + upstream.Segment(credentialType) + "/policies",
	})
	switch {
	case upstream.HasCode(err, noMapping), upstream.HasCode(err, noPolicy):
		return nil, fmt.Errorf("%w: %w", ErrNoPolicy, err)
	case err != nil:
		return nil, err
	case wire.ID == "":
		return nil, c.up.Garbled(operation, "no-policy-id", nil)
	}
	p := &Policy{
		ID: wire.ID, Name: wire.Name, Description: wire.Description, Published: strings.EqualFold(wire.Status, "PUBLISHED"),
		ValidTill: wire.ValidTill.Time, Attributes: make([]PolicyAttribute, 0, len(wire.Policies.Attributes)),
	}
	p.TransactionsAllowed, _ = strconv.Atoi(wire.Policies.DataShare.TransactionsAllowed) // a text, and any text
	for _, w := range wire.Policies.Attributes {
		a := PolicyAttribute{Name: w.Name, Encrypted: w.Encrypted}
		if w.Format != nil {
			a.Format = *w.Format
		}
		p.Attributes = append(p.Attributes, a)
	}
	return p, nil
}
