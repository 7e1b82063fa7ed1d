package resident

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/errgroup"

	"github.com/resident-graph/resident-graph/upstream/configserver"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/masterdata"
	"github.com/resident-graph/resident-graph/upstream/partner"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// References are the data that change seldom and are the same for everybody: VID policy, partners and texts. They are
// kept in process; one caller fetches for all, and what is old is answered once more while it is fetched anew.
type References struct {
	files     *configserver.Client
	partners  *partner.Client
	templates *masterdata.Client
	log       *slog.Logger

	policyCache   *otter.Cache[string, []*vid.Policy]
	partnerCache  *otter.Cache[string, []*partner.Partner]
	templateCache *otter.Cache[templateKey, string]
	schemaCache   *otter.Cache[configserver.UISchema, []configserver.Attribute]
	// Few partners are shared with, and what they may have must not be old.
	sharePolicyCache *otter.Cache[string, *partner.Policy]
}

type templateKey struct{ lang, code string }

// The ages at which references are fetched anew, and at which they are no longer answered.
const (
	referenceFresh   = 5 * time.Minute
	referenceEnd     = 24 * time.Hour
	templateFresh    = time.Hour
	sharePolicyFresh = time.Minute
	templateEnd      = 7 * 24 * time.Hour
)

// NewReferences makes empty caches over the services that own the data.
func NewReferences(files *configserver.Client, partners *partner.Client, templates *masterdata.Client, log *slog.Logger) *References {
	return &References{
		files: files, partners: partners, templates: templates, log: log,
		policyCache:      newCache[string, []*vid.Policy](1, referenceFresh, referenceEnd),
		partnerCache:     newCache[string, []*partner.Partner](1, referenceFresh, referenceEnd),
		templateCache:    newCache[templateKey, string](10_000, templateFresh, templateEnd),
		schemaCache:      newCache[configserver.UISchema, []configserver.Attribute](10, referenceFresh, referenceEnd),
		sharePolicyCache: newCache[string, *partner.Policy](1000, sharePolicyFresh, referenceFresh),
	}
}

func newCache[K comparable, V any](size int, fresh, end time.Duration) *otter.Cache[K, V] {
	return otter.Must(&otter.Options[K, V]{
		MaximumSize:       size,
		RefreshCalculator: otter.RefreshWriting[K, V](fresh),
		ExpiryCalculator:  otter.ExpiryWriting[K, V](end),
		Logger:            &otter.NoopLogger{}, // a failed refresh is the upstream client's to log
	})
}

const all = "all"

// VidPolicies answers the country's VID policy, one entry per type.
func (r *References) VidPolicies(ctx context.Context) ([]*vid.Policy, error) {
	return r.policyCache.Get(ctx, all, otter.LoaderFunc[string, []*vid.Policy](
		func(ctx context.Context, _ string) ([]*vid.Policy, error) {
			raw, err := r.files.File(ctx, configserver.VidPolicy)
			if err != nil {
				return nil, err
			}
			parsed, err := vid.ParsePolicies(raw)
			if err != nil {
				return nil, err
			}
			policies := make([]*vid.Policy, len(parsed))
			for i := range parsed {
				policies[i] = &parsed[i]
			}
			return policies, nil
		}))
}

// Partners answers all partners of all types, active or not.
func (r *References) Partners(ctx context.Context) ([]*partner.Partner, error) {
	return r.partnerCache.Get(ctx, all, r.partnerLoader())
}

func (r *References) partnerLoader() otter.Loader[string, []*partner.Partner] {
	return otter.LoaderFunc[string, []*partner.Partner](
		func(ctx context.Context, _ string) ([]*partner.Partner, error) { return r.partners.List(ctx) })
}

// PartnerNow answers the partner with a key as it was listed within the last minutes, nil when there is none. What is
// answered to readers may be a day old; who is given something must be active now.
func (r *References) PartnerNow(ctx context.Context, key string) (*partner.Partner, error) {
	if kept, ok := r.partnerCache.GetEntryQuietly(all); ok && kept.RefreshableAfter() <= 0 {
		select {
		case fresh := <-r.partnerCache.Refresh(ctx, all, r.partnerLoader()):
			if fresh.Err != nil {
				return nil, fresh.Err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return r.Partner(ctx, key)
}

// Partner answers the partner with a key, nil when there is none.
func (r *References) Partner(ctx context.Context, key string) (*partner.Partner, error) {
	partners, err := r.Partners(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range partners {
		if p.Key == key {
			return p, nil
		}
	}
	return nil, nil
}

// Template answers Master Data's template in a language, empty when there is none.
func (r *References) Template(ctx context.Context, lang, code string) (string, error) {
	return r.templateCache.Get(ctx, templateKey{lang, code}, otter.LoaderFunc[templateKey, string](
		func(ctx context.Context, k templateKey) (string, error) {
			text, err := r.templates.Template(ctx, k.lang, k.code)
			if errors.Is(err, masterdata.ErrNoTemplate) {
				return "", nil
			}
			return text, err
		}))
}

// Warm reads what every page needs, so that no resident waits for it. What cannot be read now is read when needed.
func (r *References) Warm(ctx context.Context, identities *identity.Client) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	warm := func(what string, read func() error) {
		group.Go(func() error {
			if err := read(); err != nil {
				r.log.WarnContext(ctx, "not read at start", "what", what, "error", err)
			}
			return nil
		})
	}
	warm("VID policy", func() error { _, err := r.VidPolicies(ctx); return err })
	warm("identity mapping", func() error {
		raw, err := r.files.File(ctx, "identity-mapping.json")
		if err != nil {
			return err
		}
		return identities.UseMapping(raw)
	})
	for _, lang := range Languages {
		warm("templates "+lang, func() error {
			for _, code := range textCodes() {
				if _, err := r.Template(ctx, lang, code); err != nil {
					return err
				}
			}
			return nil
		})
	}
	_ = group.Wait() // no read answers an error
}
