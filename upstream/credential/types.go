package credential

import (
	"context"
	"net/http"

	"github.com/resident-graph/resident-graph/upstream"
)

// Kind is a credential that the country offers, for display: it is not one of the types that are requested.
type Kind struct {
	ID, Name, Description string
	Issuers               []Issuer
}

// Issuer is who issues a kind of credential.
type Issuer struct{ Code, Name string }

// Service speaks to the credential service; its base URL ends in /v1/credentialservice.
type Service struct{ up *upstream.Client }

// NewService makes a client.
func NewService(up *upstream.Client) *Service { return &Service{up: up} }

// Kinds returns the kinds of credentials in the order of the country's configuration.
func (s *Service) Kinds(ctx context.Context) ([]Kind, error) {
	wire, err := upstream.Do[struct {
		Kinds []struct {
			ID          string   `json:"id"`
			Name        string   `json:"name"`
			Description string   `json:"description"`
			Issuers     []Issuer `json:"issuers"`
		} `json:"credentialTypes"`
	}](ctx, s.up, upstream.Call{Operation: "types", Method: http.MethodGet, Path: "/types", Idempotent: true, Plain: true})
	if err != nil {
		return nil, err
	}
	if wire.Kinds == nil {
		// Without its configuration server it answers an envelope with errors and HTTP 200.
		return nil, s.up.Garbled("types", "no-types", nil)
	}
	kinds := make([]Kind, 0, len(wire.Kinds))
	for _, w := range wire.Kinds {
		kinds = append(kinds, Kind{ID: w.ID, Name: w.Name, Description: w.Description, Issuers: w.Issuers})
	}
	return kinds, nil
}
