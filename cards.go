package main

import (
	"fmt"

	"github.com/resident-graph/resident-graph/pdf"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/datashare"
	"github.com/resident-graph/resident-graph/upstream/digitalcard"
)

// buildCards connects the rules to the services that cards come from, as far as the country has them.
func (p *parts) buildCards(client func(service, base string) *upstream.Client) (err error) {
	c, s := p.cfg.Cards, p.service
	s.Cards = resident.CardConfig{Issuer: c.DigitalCardIssuer, Kept: c.Kept, Timeout: c.Timeout, PasswordAttributes: c.PasswordAttributes}
	if s.Renderer, err = pdf.New(); err != nil {
		return fmt.Errorf("documents: %w", err)
	}
	if c.DataShareURL != "" {
		s.DataShare, err = datashare.New(client("datashare", c.DataShareURL), datashare.Config{
			BaseURL: c.DataShareURL, Hosts: c.DataShareHosts, MaxBytes: int64(c.MaxMB) << 20})
		if err != nil {
			return fmt.Errorf("DATA_SHARE_URL: %w", err)
		}
	}
	if c.DigitalCardURL != "" {
		s.DigitalCards = digitalcard.New(client("digitalcard", c.DigitalCardURL))
	}
	return nil
}
