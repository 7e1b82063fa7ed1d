package main

import (
	"net/url"
	"slices"

	"github.com/resident-graph/resident-graph/config"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

// logos answers the logos of partners. The sandbox's are on this machine and without TLS; nobody else's may be.
func (p *parts) logos() *resident.Logos {
	o := partner.LogoOptions{Timeout: p.cfg.Upstream.Timeout, MaxBytes: p.cfg.Logos.MaxBytes, Private: p.cfg.Logos.Hosts}
	if u, err := url.Parse(p.cfg.Upstream.PartnerURL); err == nil && p.cfg.Mode == config.Sandbox {
		o.Private, o.Plain = append(slices.Clone(o.Private), u.Host), []string{u.Host}
	}
	return resident.NewLogos(p.service.References, partner.NewLogos(o), p.log)
}
