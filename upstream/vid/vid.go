// Package vid lists, creates and revokes the virtual ids of a UIN at ID Repository's VID service.
package vid

import (
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/upstream"
)

// Type is a kind of VID that the country's policy describes.
type Type string

const (
	Perpetual  Type = "PERPETUAL"
	Temporary  Type = "TEMPORARY"
	OneTimeUse Type = "ONE_TIME_USE"
)

// Status is where a VID stands. The service lists only those that are active.
type Status string

const (
	Active      Status = "ACTIVE"
	Revoked     Status = "REVOKED"
	Expired     Status = "EXPIRED"
	Used        Status = "USED"
	Invalidated Status = "INVALIDATED"
	Deactivated Status = "DEACTIVATED"
)

// Vid is one virtual id.
type Vid struct {
	Number           string // the VID itself: stays on the server, shown masked
	Type             Type
	Status           Status
	CreatedAt        time.Time
	ExpiresAt        *time.Time // nil: never
	TransactionLimit *int       // nil: unlimited
}

// Masked returns the number with only its first and its last two characters readable.
func (v *Vid) Masked() string {
	const kept = 3
	if len(v.Number) <= kept {
		return strings.Repeat("X", len(v.Number))
	}
	last := len(v.Number) - 2
	return v.Number[:1] + strings.Repeat("X", len(v.Number)-kept) + v.Number[last:]
}

// Hash returns the number as IDA's events and resident_transaction.ref_id refer to it: upper-case hex SHA-256.
func (v *Vid) Hash() string { return upstream.RefHash(v.Number) }

// parseType reads MOSIP's spellings (Perpetual, ONETIMEUSE, OneTimeUse) and says whether it is a type that we know.
func parseType(wire string) (Type, bool) {
	switch strings.ReplaceAll(strings.ToUpper(wire), "_", "") {
	case "PERPETUAL":
		return Perpetual, true
	case "TEMPORARY":
		return Temporary, true
	case "ONETIMEUSE":
		return OneTimeUse, true
	default:
		return Temporary, false // a country's own type: shown as the one that promises least
	}
}

func (t Type) wire() string {
	switch t {
	case Perpetual:
		return "Perpetual"
	case OneTimeUse:
		return "OneTimeUse"
	default:
		return "Temporary"
	}
}
