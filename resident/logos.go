package resident

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/resident-graph/resident-graph/upstream/partner"
)

// Logos are the logos of partners, the same for everybody. They are kept in memory, the least used going first; one
// caller fetches for all, and what is old is answered once more while it is fetched anew.
type Logos struct {
	references *References
	fetcher    *partner.Logos
	log        *slog.Logger
	cache      *otter.Cache[string, *partner.Logo] // by address; without a body where there is none
}

const (
	logosInMemory = 32 << 20 // bytes
	logoFresh     = time.Hour
	logoEnd       = 7 * 24 * time.Hour
	noLogoFor     = 5 * time.Minute // until an address without a logo is asked again
	logoWithin    = 10 * time.Second
)

// NewLogos makes an empty cache.
func NewLogos(r *References, fetcher *partner.Logos, log *slog.Logger) *Logos {
	return &Logos{references: r, fetcher: fetcher, log: log, cache: otter.Must(&otter.Options[string, *partner.Logo]{
		MaximumWeight:     logosInMemory,
		Weigher:           func(address string, l *partner.Logo) uint32 { return uint32(len(address) + len(l.Body) + 256) }, //nolint:gosec // bounded by the fetcher
		RefreshCalculator: otter.RefreshWriting[string, *partner.Logo](logoFresh),
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, *partner.Logo]) time.Duration {
			if len(e.Value.Body) == 0 {
				return noLogoFor
			}
			return logoEnd
		}),
		Logger: &otter.NoopLogger{},
	})}
}

// Logo answers the logo of the partner with a key; nil when there is no such partner, it has no logo, or what it has is
// not acceptable or cannot be fetched. Why not does not show.
func (l *Logos) Logo(ctx context.Context, key string) (*partner.Logo, error) {
	p, err := l.references.Partner(ctx, key)
	if err != nil || p == nil || p.LogoURL == "" {
		return nil, err
	}
	logo, err := l.cache.Get(ctx, p.LogoURL, logoLoader{l})
	if err != nil || len(logo.Body) == 0 {
		return nil, err
	}
	return logo, nil
}

// logoLoader fetches for the cache.
type logoLoader struct{ *Logos }

// Load fetches a logo, also when the caller goes away. Where there is none it answers one without a body, so that it is
// not asked for again at once.
func (l logoLoader) Load(ctx context.Context, address string) (*partner.Logo, error) {
	logo, err := l.fetch(ctx, address)
	if err != nil {
		return &partner.Logo{}, nil //nolint:nilerr // that there is none is what is remembered
	}
	return logo, nil
}

// Reload fetches a logo anew. The old one stays while its host cannot be reached.
func (l logoLoader) Reload(ctx context.Context, address string, _ *partner.Logo) (*partner.Logo, error) {
	logo, err := l.fetch(ctx, address)
	if errors.Is(err, partner.ErrNoLogo) {
		return &partner.Logo{}, nil
	}
	return logo, err
}

func (l logoLoader) fetch(ctx context.Context, address string) (*partner.Logo, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoWithin)
	defer cancel()
	logo, err := l.fetcher.Fetch(ctx, address)
	if err != nil {
		l.log.WarnContext(ctx, "no logo of a partner", "error", err)
	}
	return logo, err
}
