package codes_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/resident/codes"
)

func TestRowsAreWholeAndDistinct(t *testing.T) {
	seen := map[[3]string]bool{}
	last := ""
	for _, row := range codes.All() {
		key := [3]string{row.Code, row.Service, strings.ToLower(row.Text)}
		if seen[key] {
			t.Errorf("%v is there twice", key)
		}
		seen[key] = true
		if row.Code == "" || row.Service == "" || row.Answer == "" || row.Meaning == "" {
			t.Errorf("%+v has an empty cell", row)
		}
		for _, cell := range []string{row.Code, row.Service, row.Text, row.Answer, row.Sentence, row.Meaning} {
			if strings.TrimSpace(cell) != cell {
				t.Errorf("%q has a blank at an end", cell)
			}
		}
		if row.Code < last {
			t.Errorf("%s comes after %s", row.Code, last)
		}
		last = row.Code
	}
	if len(seen) < 500 {
		t.Errorf("only %d rows", len(seen))
	}
}

// A code whose every row asks for something special would be unknown elsewhere.
func TestEveryCodeHasARowForAnything(t *testing.T) {
	for _, row := range codes.All() {
		if _, ok := codes.Find("no such service", row.Code, ""); !ok {
			t.Errorf("%s has no row for any service and text", row.Code)
		}
	}
}

// Two rows that fit the same message equally well would leave the answer to their order.
func TestNoTwoTextsOfACodeCanMeet(t *testing.T) {
	rows := codes.All()
	for i, row := range rows {
		for _, other := range rows[i+1:] {
			if other.Code != row.Code || other.Service != row.Service || row.Text == "" || other.Text == "" {
				continue
			}
			words, others := strings.Fields(strings.ToLower(row.Text)), strings.Fields(strings.ToLower(other.Text))
			if slices.Equal(words, others) || strings.Contains(" "+strings.Join(words, " ")+" ", " "+strings.Join(others, " ")+" ") ||
				strings.Contains(" "+strings.Join(others, " ")+" ", " "+strings.Join(words, " ")+" ") {
				t.Errorf("%s: %q and %q fit the same message", row.Code, row.Text, other.Text)
			}
		}
	}
}

func TestGenericIsTrueEverywhere(t *testing.T) {
	for code, sentence := range map[string]string{"IDR-VID-001": "VID_NOT_ACTIVE", "IDA-MLC-019": "AUTH_TYPE_LOCKED", "IDR-IDC-005": ""} {
		if row, ok := codes.Generic(code); !ok || row.Sentence != sentence || row.Text != "" {
			t.Errorf("%s: %+v %v", code, row, ok)
		}
	}
	for _, code := range []string{"IDR-IDC-007", "invalid_token", "IDR-XYZ-999"} {
		if row, ok := codes.Generic(code); ok {
			t.Errorf("%s: %+v", code, row)
		}
	}
}

func TestFindPrefersWhatSaysMore(t *testing.T) {
	for _, row := range []struct{ service, code, message, sentence, answer string }{
		{"vid", "IDR-VID-001", "VID is REVOKED", "VID_REVOKED", "CONFLICT"},
		{"identity", "IDR-VID-001", "VID is EXPIRED", "VID_EXPIRED", "CONFLICT"},
		{"vid", "IDR-VID-001", "VID is INVALIDATED", "VID_NOT_ACTIVE", "CONFLICT"},
		{"vid", "IDR-VID-001", "", "VID_NOT_ACTIVE", "CONFLICT"},
		{"vid", "IDR-IDC-007", "No Record(s) found", "", "NOT_FOUND"},
		{"identity", "IDR-IDC-007", "No Record(s) found", "ID_NOT_FOUND", "NOT_FOUND"},
		{"vid", "IDR-IDC-002", "Invalid Input Parameter - vid", "VID_INVALID", "INVALID"},
		{"vid", "IDR-IDC-002", "Invalid Input Parameter - vidType", "", "INVALID"},
		{"vid", "IDR-IDC-002", "Invalid Input Parameter - UIN", "UIN_INVALID", "INVALID"},
		{"identity", "IDR-IDC-002", "Invalid Input Parameter - authTypes", "", "INVALID"},
		{"vid", "IDR-IDC-002", "Invalid Input Parameter - requesttime - the timestamp value can be at most 60 seconds before and after the current time.", "", "INTERNAL"},
		{"card", "DCS-011", "Digital Card is not generated try after some time.", "CARD_NOT_READY", "NOT_READY"},
		{"card", "DCS-011", "Datashare response is null", "", "UPSTREAM_UNAVAILABLE"},
		{"ida", "IDA-OTA-002", "Could not generate/send OTP. Phone Number is not found in identity data.", "PHONE_MISSING", "CONFLICT"},
		{"ida", "IDA-OTA-002", "Could not generate/send OTP. Both Phone Number and Email ID are not found in identity data.", "CONTACT_MISSING", "CONFLICT"},
		{"ida", "IDA-OTA-002", "Could not generate/send OTP", "OTP_NOT_SENT", "UPSTREAM_UNAVAILABLE"},
		{"keycloak", "invalid_token", "", "", "UPSTREAM_UNAVAILABLE"},
		{"esignet", "invalid_token", "", "", "UNAUTHENTICATED"},
	} {
		got, ok := codes.Find(row.service, row.code, row.message)
		if !ok || got.Sentence != row.sentence || got.Answer != row.answer {
			t.Errorf("%s %s %q: %q %s", row.service, row.code, row.message, got.Sentence, got.Answer)
		}
	}
	if _, ok := codes.Find("vid", "IDR-XYZ-999", ""); ok {
		t.Error("a code that is not in the table was found")
	}
}
