// Package masterdata reads reference data of the country from Master Data.
package masterdata

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/resident-graph/resident-graph/upstream"
)

// ErrNoTemplate says that Master Data has no template of this code in this language.
var ErrNoTemplate = errors.New("no such template")

const templateNotFound = "KER-MSD-046"

// Client speaks to Master Data; its base URL ends in /v1/masterdata.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

// Template returns the text of a template (Velocity, plain or HTML) in a language, an ISO 639-2 code such as eng. The
// code goes as it is: some of MOSIP's hold a blank. A missing template is ErrNoTemplate.
func (c *Client) Template(ctx context.Context, lang, code string) (string, error) {
	wire, err := upstream.Do[struct {
		Templates []struct {
			Text string `json:"fileText"`
		} `json:"templates"`
	}](ctx, c.up, upstream.Call{
		Operation: "template", Method: http.MethodGet, Idempotent: true,
		Path: "/templates/" + upstream.Segment(lang) + "/" + upstream.Segment(code),
	})
	switch {
	case upstream.HasCode(err, templateNotFound):
		return "", fmt.Errorf("%w: %w", ErrNoTemplate, err)
	case err != nil:
		return "", err
	case len(wire.Templates) == 0:
		return "", ErrNoTemplate
	}
	return wire.Templates[0].Text, nil
}
