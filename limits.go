package main

import (
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/go-redis/redis_rate/v10"

	"github.com/resident-graph/resident-graph/config"
	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/limits"
)

// limits answers what operations and callers may ask. The sandbox lets everybody send free documents and read the
// schema; production lets those do so who bring a token.
func (p *parts) limits() (graph.Limits, error) {
	c, open := p.cfg.Limits, p.cfg.Mode == config.Sandbox
	l := graph.Limits{Bounds: limits.DefaultBounds(), Timeout: c.OperationTimeout, Limiter: p.service.Limiter, Policies: map[limits.Class]limits.Policy{
		limits.Visitor:  {Cost: c.CostVisitor, FreeDocuments: open, FreeByGET: open, Introspection: open},
		limits.Resident: {Cost: c.CostResident, FreeDocuments: open, FreeByGET: open, Introspection: open},
		limits.Partner:  {Cost: c.CostPartner, FreeDocuments: true, FreeByGET: open, Introspection: true},
		limits.Operator: {Cost: c.CostOperator, FreeDocuments: true, FreeByGET: open, Introspection: true},
	}}
	var folders []fs.FS
	if c.TrustedDocumentsDir != "" {
		if _, err := os.Stat(c.TrustedDocumentsDir); err != nil {
			return l, fmt.Errorf("TRUSTED_DOCUMENTS_DIR: %w", err)
		}
		folders = append(folders, os.DirFS(c.TrustedDocumentsDir))
	}
	var err error
	l.Documents, err = graph.LoadDocuments(l.Bounds, folders...)
	return l, err
}

// newLimiter answers what counts the calls of residents and addresses, in Redis.
func (p *parts) newLimiter() (*limits.Limiter, error) {
	secret, err := derive(p.cfg.Secret, "rate")
	if err != nil {
		return nil, err
	}
	rates := limits.DefaultRates()
	rates.Resident, rates.Source = perMinute(p.cfg.Limits.RateResident), perMinute(p.cfg.Limits.RateSource)
	return limits.NewLimiter(p.redis, rates, secret, p.log), nil
}

// perMinute answers the limit that holds a minute's worth; 0 counts nothing.
func perMinute(units int) redis_rate.Limit {
	if units == 0 {
		return redis_rate.Limit{}
	}
	return redis_rate.Limit{Rate: units, Burst: units, Period: time.Minute}
}
