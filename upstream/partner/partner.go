// Package partner lists the partners that Partner Management knows.
package partner

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/resident-graph/resident-graph/upstream"
)

// Type is what a partner does.
type Type string

const (
	Auth               Type = "AUTH_PARTNER"
	Print              Type = "PRINT_PARTNER"
	Credential         Type = "CREDENTIAL_PARTNER"
	OnlineVerification Type = "ONLINE_VERIFICATION_PARTNER"
	DeviceProvider     Type = "DEVICE_PROVIDER"
	FTMProvider        Type = "FTM_PROVIDER"
	Other              Type = "OTHER"
)

// Partner is an organisation; its contact person, e-mail address and telephone stay behind.
type Partner struct {
	Key              string // the partnerID
	Name             string
	Type             Type
	LogoURL          string // https or http; "" when none
	Active           bool
	OrderRedirectURL string // of a print partner: where a card is ordered; "" when none
}

// Client speaks to Partner Management; its base URL ends in /v1/partnermanager.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

const (
	nonePresent   = "PMS_PMP_013"
	oneUnreadable = "PMS_PRT_096"
)

type wirePartner struct {
	ID             string          `json:"partnerID"`
	Status         string          `json:"status"`
	Name           string          `json:"organizationName"`
	Type           string          `json:"partnerType"`
	LogoURL        string          `json:"logoUrl"`
	AdditionalInfo json.RawMessage `json:"additionalInfo"`
}

// List returns the partners of all types, active or not, ordered by key; none is an empty list.
func (c *Client) List(ctx context.Context) ([]*Partner, error) {
	wire, err := c.fetch(ctx, "/partners/v2", "")
	if upstream.HasCode(err, oneUnreadable) {
		wire, err = c.readable(ctx)
	}
	if upstream.HasCode(err, nonePresent) {
		return []*Partner{}, nil
	}
	if err != nil {
		return nil, err
	}
	partners := make([]*Partner, 0, len(wire))
	for _, w := range wire {
		partners = append(partners, &Partner{
			Key: w.ID, Name: w.Name, Type: parseType(w.Type), LogoURL: webURL(w.LogoURL),
			Active: strings.EqualFold(w.Status, "active"), OrderRedirectURL: webURL(orderRedirect(w.AdditionalInfo)),
		})
	}
	slices.SortFunc(partners, func(a, b *Partner) int { return cmp.Compare(a.Key, b.Key) })
	return partners, nil
}

// readable returns what can be read where one partner's broken additional info fails the whole list: the older list has
// no such info, nor logos; for each type but that partner's the list of the type alone has them.
func (c *Client) readable(ctx context.Context) ([]wirePartner, error) {
	plain, err := c.fetch(ctx, "/partners", "")
	if err != nil {
		return nil, err
	}
	byType := map[string][]wirePartner{}
	for _, w := range plain {
		byType[w.Type] = append(byType[w.Type], w)
	}
	var all []wirePartner
	for wireType, older := range byType {
		wire, err := c.fetch(ctx, "/partners/v2", wireType)
		switch {
		case upstream.HasCode(err, oneUnreadable), upstream.HasCode(err, nonePresent), wireType == "":
			wire = older
		case err != nil:
			return nil, err
		}
		all = append(all, wire...)
	}
	return all, nil
}

// fetch returns a list of the partners of a type as Partner Management spells it; "" for all.
func (c *Client) fetch(ctx context.Context, path, wireType string) ([]wirePartner, error) {
	call := upstream.Call{Operation: "list", Method: http.MethodGet, Path: path, Idempotent: true}
	if wireType != "" {
		call.Query = url.Values{"partnerType": {wireType}}
	}
	wire, err := upstream.Do[struct {
		Partners []wirePartner `json:"partners"`
	}](ctx, c.up, call)
	return wire.Partners, err
}

func parseType(wire string) Type {
	switch t := Type(strings.ToUpper(wire)); t {
	case Auth, Print, Credential, OnlineVerification, DeviceProvider, FTMProvider:
		return t
	default:
		return Other
	}
}

// orderRedirect reads additional info, which is an object, an array of which the first element counts, or anything.
func orderRedirect(raw json.RawMessage) string {
	type info struct {
		URL string `json:"orderRedirectUrl"`
	}
	var list []info
	if json.Unmarshal(raw, &list) == nil && len(list) > 0 {
		return list[0].URL
	}
	var one info
	if json.Unmarshal(raw, &one) != nil {
		return ""
	}
	return one.URL
}

// webURL lets through what a browser may safely be sent to.
func webURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return text
}
