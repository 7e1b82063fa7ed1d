package resident

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/resident-graph/resident-graph/pdf"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

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
			if pdf.Drawable(photo) != nil { // such as JPEG 2000: the rest of the card is still worth having
				card.Fields = append(card.Fields, pdf.Field{Label: c.Label, Value: label(inLanguage(ctx, lang), "photoNotDrawn")})
				continue
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
// captured first and upper-cased; a shorter one is repeated. A letter is a code point, as it is to the Digital Card Service,
// so that both kinds of card have one rule. CONFLICT says that the identity does not hold a field.
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
			return "", &Error{Code: Conflict, sentence: "NOT_REGISTERED", err: errors.New("the password of a card needs a field that is not held")}
		}
		password.WriteString(letters)
	}
	return password.String(), nil
}

func passwordPart(texts []identity.Text) string {
	if len(texts) == 0 || texts[0].Value == "" {
		return ""
	}
	letters := []rune(strings.ToUpper(texts[0].Value))
	part := make([]rune, passwordLetters)
	for i := range part {
		part[i] = letters[i%len(letters)]
	}
	return string(part)
}
