package resident

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/resident-graph/resident-graph/pdf"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/identity"
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

// CardSource is where the content of a card comes from. Photo is nil when there is none.
type CardSource struct {
	Holder
	Photo func(context.Context) ([]byte, error)
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
			choices, err = s.mayMakeCard(ctx, from, r)
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
			return cardDownloaded, err
		},
		end: func(ctx context.Context, tx store.Tx, _ *store.Event, failed bool) error {
			if failed || kept == nil {
				return nil
			}
			return tx.KeepFile(ctx, kept)
		},
	})
}

// mayMakeCard answers what a card is to show, or why it is refused.
func (s *Service) mayMakeCard(ctx context.Context, from CardSource, r PersonalizedCardRequest) ([]chosen, error) {
	if !slices.Contains(Languages, r.Lang) {
		return nil, &Error{Code: Invalid, Path: []string{"input", "lang"}, sentence: "LANGUAGE_NOT_OFFERED"}
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
	title, err := s.References.Template(ctx, lang, typeCode(store.DownloadPersonalizedCard))
	if err != nil {
		return nil, err
	}
	if title == "" {
		title = string(store.DownloadPersonalizedCard)
	}
	card.Title = title
	password, err := s.cardPassword(ctx, from)
	if err != nil {
		return nil, err
	}
	f, err := s.signedPDF(ctx, &pdf.Document{Title: title, Lang: lang, Blocks: []pdf.Block{card}}, password)
	if errors.Is(err, pdf.ErrTooLarge) {
		err = &Error{Code: Invalid, Path: []string{"input", "attributes"}, err: err}
	}
	return f, err
}

// The attributes that have a place of their own on a card.
const (
	nameAttribute = "fullName"
	uinAttribute  = "UIN"
)

// cardFace puts what was chosen on a card: the name, the photo and the number at their places, everything else below,
// in the order in which it was chosen. What the resident has none of is left out.
func cardFace(ctx context.Context, from CardSource, choices []chosen, lang string) (pdf.Card, error) {
	var card pdf.Card
	for _, c := range choices {
		if c.IsPhoto() {
			photo, err := from.Photo(ctx)
			if err != nil {
				return card, fmt.Errorf("read the photo: %w", err)
			}
			card.Photo = &pdf.Image{Data: photo, Alt: c.Label}
			continue
		}
		value, err := c.Value(ctx, from.Holder, c.format, lang)
		if c.masked {
			value = mask(c.Name, value)
		}
		switch {
		case err != nil:
			return card, err
		case value == "":
		case c.Name == nameAttribute:
			card.Name = value
		case c.Name == uinAttribute:
			card.ID = value
		default:
			card.Fields = append(card.Fields, pdf.Field{Label: c.Label, Value: value})
		}
	}
	return card, nil
}

// passwordLetters is how many letters of each field the password of a card has.
const passwordLetters = 4

// cardPassword answers the password of a resident's card, "" for none: of each field the first four letters, as it was
// captured first and upper-cased; a shorter one is repeated. CONFLICT says that the identity does not hold a field.
func (s *Service) cardPassword(ctx context.Context, from CardSource) (string, error) {
	if len(s.Personalized.Password) == 0 {
		return "", nil
	}
	who, err := from.Identity(ctx)
	if err != nil {
		return "", err
	}
	var password strings.Builder
	for _, field := range s.Personalized.Password {
		letters := passwordPart(who.Texts(field))
		if letters == "" {
			return "", Wrap(Conflict, errors.New("the password of a card needs a field that is not held"))
		}
		password.WriteString(letters)
	}
	return password.String(), nil
}

func passwordPart(texts []identity.Text) string {
	if len(texts) == 0 {
		return ""
	}
	letters := []rune(strings.ToUpper(texts[0].Value))
	part := make([]rune, passwordLetters)
	for i := range part {
		part[i] = letters[i%len(letters)]
	}
	return string(part)
}
