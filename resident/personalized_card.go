package resident

import (
	"context"
	"errors"
	"slices"

	"github.com/resident-graph/resident-graph/pdf"
	"github.com/resident-graph/resident-graph/store"
)

// PersonalizedCardRules is how residents make cards of their own.
type PersonalizedCardRules struct {
	// Least is how many attributes a card shows at least.
	Least int
	// Password names the fields of the identity that the password of a card is made of; with none, a card has no password.
	Password []string
}

// PersonalizedCardRequest is the card that a resident wants.
type PersonalizedCardRequest struct {
	Attributes []*AttributeChoice
	Lang       string
}

// CardSource is where the content of a card comes from. Photo is nil when there is none. Fresh refuses a sign-in that is
// too old to be shown what is masked elsewhere.
type CardSource struct {
	Holder
	Photo func(context.Context) ([]byte, error)
	Fresh func() error
}

// CreatePersonalizedCard makes a card of the attributes that the resident chose, signed, and keeps it for an hour under
// its event. What it shows is read here, never sent by the client. Nothing upstream changes by it: whatever fails, there
// is no card.
func (s *Service) CreatePersonalizedCard(ctx context.Context, who *Resident, from CardSource, key string, r PersonalizedCardRequest) (*store.Event, error) {
	var choices []chosen
	var kept *store.File
	return s.do(ctx, who, write{
		mutation: "createPersonalizedCard", key: key, input: r, request: store.DownloadPersonalizedCard,
		source: FromResident, local: true, resend: true,
		check: func(ctx context.Context) (err error) {
			if choices, err = s.mayMakeCard(ctx, from, r); err != nil {
				return err
			}
			if showsHidden(choices) {
				if err := from.Fresh(); err != nil {
					return err
				}
			}
			_, err = s.cardPassword(ctx, from)
			return err
		},
		prepare: func(e *store.Event) { e.Attributes = namesOf(choices) },
		call: func(ctx context.Context, e *store.Event) (word string, err error) {
			if choices == nil { // an earlier call was interrupted
				if choices, err = s.mayMakeCard(ctx, from, r); err != nil {
					return "", err
				}
			}
			f, err := s.personalizedCard(ctx, from, choices, r.Lang)
			if err != nil {
				return "", err
			}
			f.Name = "card-" + e.EventID + ".pdf"
			kept, err = s.sealFile(ctx, e.TokenID, cardKey(e.EventID), f, fileKeptFor)
			failpoint("personalized_card.made")
			return cardDownloaded, err
		},
		end: func(ctx context.Context, tx store.Tx, _ *store.Event, failed bool) error {
			if failed || kept == nil {
				return nil
			}
			err := tx.KeepFile(ctx, kept)
			failpoint("personalized_card.kept")
			return err
		},
	})
}

// showsHidden says whether a card is to show anything in full that the country has masked, which a reveal would show.
func showsHidden(choices []chosen) bool {
	return slices.ContainsFunc(choices, func(c chosen) bool { return c.Maskable && !c.masked })
}

// mayMakeCard answers what a card is to show, or why it is refused.
func (s *Service) mayMakeCard(ctx context.Context, from CardSource, r PersonalizedCardRequest) ([]chosen, error) {
	if !slices.Contains(Languages, r.Lang) {
		return nil, languageNotOffered()
	}
	sheet, err := s.Attributes(ctx, ForCard, nil, r.Lang)
	if err != nil {
		return nil, err
	}
	choices, err := choose(sheet, r.Attributes, max(1, s.Personalized.Least))
	if err != nil {
		return nil, err
	}
	for i, c := range choices {
		if c.IsPhoto() && from.Photo == nil {
			return nil, refuseChoice(NotFound, i, "name")
		}
	}
	return choices, nil
}

// personalizedCard answers the signed PDF of a card.
func (s *Service) personalizedCard(ctx context.Context, from CardSource, choices []chosen, lang string) (*File, error) {
	card, err := cardFace(ctx, from, choices, lang)
	if err != nil {
		return nil, err
	}
	// Not Master Data's name of the request, which says what the resident did: to download a card.
	card.Title = label(inLanguage(ctx, lang), "word."+string(store.DownloadPersonalizedCard))
	password, err := s.cardPassword(ctx, from)
	if err != nil {
		return nil, err
	}
	f, err := s.signedPDF(ctx, &pdf.Document{Title: card.Title, Lang: lang, Blocks: []pdf.Block{card}}, password)
	if errors.Is(err, pdf.ErrTooLarge) {
		err = &Error{Code: Invalid, Path: []string{"input", "attributes"}, err: err}
	}
	return f, err
}
