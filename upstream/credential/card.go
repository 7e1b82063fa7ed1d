package credential

// Templates by which the Digital Card Service makes cards.
const (
	UINCardTemplate = "RPR_UIN_CARD_TEMPLATE"
	VIDCardTemplate = "vid-card-type" // mosip.resident.vid.card.template.property
)

// VIDCard is what the card of a VID shows. Times are texts already, for the language and time zone of the reader; what
// is empty or nil is NA on the card.
type VIDCard struct {
	VID, Type, Masked      string
	ExpiresAt, GeneratedAt string
	TransactionLimit       *int // nil: no limit
	TransactionsLeft       *int
	DateOfBirth, Name      string
	Photo                  string // a data URI
}

// Request makes the request for the card, for the Digital Card Service as the issuer.
func (v VIDCard) Request(issuer string) Request {
	return Request{ID: v.VID, Type: PDFCard, Issuer: issuer, More: map[string]any{
		"vid": v.VID, "vidType": v.Type, "maskedVid": v.Masked, "expiryTimestamp": text(v.ExpiresAt),
		"genratedOnTimestamp": text(v.GeneratedAt), "transactionLimit": count(v.TransactionLimit), // misspelt on the wire
		"transactionsLeftCount": count(v.TransactionsLeft), "cardFormat": "vidCard", "dob": v.DateOfBirth, "name": v.Name,
		"templateTypeCode": VIDCardTemplate, "ApplicantPhoto": v.Photo,
	}}
}

const notApplicable = "NA"

func text(s string) string {
	if s == "" {
		return notApplicable
	}
	return s
}

func count(n *int) any {
	if n == nil {
		return notApplicable
	}
	return *n
}
