package main

import (
	"github.com/resident-graph/resident-graph/config"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/print"
)

// returnRoute is where residents come back to from a print partner.
const returnRoute = "/orders/return/"

// buildOrders connects the rules of orders to the print partner, who must not get our token.
func (p *parts) buildOrders(shared *upstream.Options) {
	client := func(base string) *upstream.Client {
		own := *shared
		own.Service, own.BaseURL, own.Tokens, own.Transport = "print", base, nil, p.metrics.Calls("print", shared.Transport)
		return upstream.New(own)
	}
	c, s := p.cfg.Orders, p.service
	s.Orders = resident.OrderRules{
		Hosts: c.Hosts, Plain: p.cfg.Mode == config.Sandbox, Timeout: c.Timeout, CredentialType: c.CredentialType,
		Origin: p.cfg.PublicURL, ReturnURL: p.cfg.PublicURL + returnRoute,
	}
	if p.cfg.Cards.PrintPartnerURL != "" {
		s.PrintPartner = print.New(client(p.cfg.Cards.PrintPartnerURL))
	}
	if c.LookupURL != "" {
		s.PrintOrders = print.NewOrders(client(c.LookupURL))
	}
}
