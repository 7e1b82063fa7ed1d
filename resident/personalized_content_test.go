package resident

import (
	"context"
	"testing"

	"github.com/resident-graph/resident-graph/pdf"
	"github.com/resident-graph/resident-graph/upstream/configserver"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

// TestAPhotoThatCannotBeDrawnLosesNoCard: e-Signet may have it as JPEG 2000, as it was captured.
func TestAPhotoThatCannotBeDrawnLosesNoCard(t *testing.T) {
	from := CardSource{Holder: heldBy(`{"fullName": [{"language": "eng", "value": "Amina"}]}`, ""),
		Photo: func(context.Context) ([]byte, error) { return []byte("\x00\x00\x00\x0cjP  \r\n\x87\n"), nil }}
	photo := attributeOf(configserver.Attribute{Name: photoAttribute}, "tam")
	photo.Label = "புகைப்படம்"
	choices := []chosen{{Attribute: photo}, {Attribute: attributeOf(configserver.Attribute{Name: nameAttribute}, "tam")}}
	card, err := cardFace(t.Context(), from, choices, "tam")
	if err != nil || card.Photo != nil || card.Name != "Amina" {
		t.Fatalf("%+v: %v", card, err)
	}
	if want := (pdf.Field{Label: photo.Label, Value: "உங்கள் புகைப்படத்தை அச்சிட இயலாது"}); len(card.Fields) != 1 || card.Fields[0] != want {
		t.Errorf("the card says %v, want %v", card.Fields, want)
	}
}

func TestTheFirstFourLettersOfAnything(t *testing.T) {
	for value, want := range map[string]string{"Amina": "AMIN", "Zoë": "ZOËZ", "X": "XXXX", "أمينة كريمي": "أمين", "मीना": "मीना",
		"மீனாட்சி": "மீனா", "ಲಕ್ಷ್ಮಿ": "ಲಕ್ಷ", "1950/05/03": "1950", "": ""} {
		if got := passwordPart([]identity.Text{{Value: value}, {Value: "another"}}); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	if got := passwordPart(nil); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}
