package resident

import (
	"strings"
	"unicode/utf8"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

// Profile is what is shown of a resident's identity, masked.
type Profile struct {
	Viewer            *Resident
	FullName          []identity.Text
	Email, Phone      *Masked
	PreferredLanguage *string
	SignedInWith      store.IDKind
}

// Masked is a personal value shown in part.
type Masked struct{ Masked string }

// ProfileOf answers what is shown of an identity.
func ProfileOf(who *Resident, i *identity.Identity) *Profile {
	return &Profile{Viewer: who, FullName: i.FullName, Email: maskEmail(i.Email), Phone: maskPhone(i.Phone),
		PreferredLanguage: nonEmpty(i.PreferredLanguage), SignedInWith: who.SignedInWith}
}

// maskEmail shows at most three characters and the domain, as MOSIP's own pages do; nil for no address.
func maskEmail(address string) *Masked {
	local, domain, found := strings.Cut(address, "@")
	if !found {
		return nil
	}
	shown := []rune(local)
	// A short name would be shown whole: at least half of it stays hidden.
	keep := min(3, len(shown)/2)
	return &Masked{string(shown[:keep]) + strings.Repeat("X", len(shown)-keep) + "@" + domain}
}

// maskPhone shows the last four digits; nil for no number.
func maskPhone(number string) *Masked {
	n := utf8.RuneCountInString(number)
	if n == 0 {
		return nil
	}
	digits := []rune(number)
	keep := min(4, n/2)
	return &Masked{strings.Repeat("X", n-keep) + string(digits[n-keep:])}
}
