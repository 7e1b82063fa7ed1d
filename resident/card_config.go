package resident

import (
	"context"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// CardConfig says how cards are asked for and kept.
type CardConfig struct {
	// Issuer is the partner that makes cards as PDF.
	Issuer string
	// Kept is how long a card is kept after it was fetched; 0 for as long as an event is about it.
	Kept time.Duration
	// Timeout is how long a card is waited for.
	Timeout time.Duration
	// PasswordAttributes are those whose beginnings open a card; none for cards that open by themselves.
	PasswordAttributes []string
}

// PasswordRule answers how the resident finds the password of a card, in the language of ctx; nil for a card that has
// none. The Digital Card Service makes the password of its cards; only the rule is known here.
func (s *Service) PasswordRule(ctx context.Context, c *Card) *string {
	attributes := s.Cards.PasswordAttributes
	if c.Event.RequestType == store.DownloadPersonalizedCard {
		attributes = s.Personalized.Password
	}
	if len(attributes) == 0 {
		return nil
	}
	var names []string
	for _, attribute := range attributes {
		name := label(ctx, "password."+attribute)
		if name == "" {
			name = attribute
		}
		names = append(names, name)
	}
	rule := strings.ReplaceAll(label(ctx, "password"), "{attributes}", strings.Join(names, " + "))
	return &rule
}
