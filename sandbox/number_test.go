package sandbox

import "testing"

func TestNumbers(t *testing.T) {
	if !validCheckDigit("236") {
		t.Error("236 has a valid check digit")
	}
	for _, uin := range []string{"4752553412", "8161849594", "9600133897"} {
		if !validUIN(uin) || kindOf(uin) != "UIN" {
			t.Errorf("%s is a UIN", uin)
		}
	}
	for _, vid := range []string{"3670241038657195", "9254629148652815", "8452182307681041"} {
		if !validVID(vid) || kindOf(vid) != "VID" {
			t.Errorf("%s is a VID", vid)
		}
	}
}

// Each of these breaks one rule; all but the last have a right check digit.
func TestNumbersThatBreakARule(t *testing.T) {
	for rule, digits := range map[string]string{
		"starts with 0": "075255341", "starts with 1": "175255341", "rises": "951239047", "falls": "954329047",
		"three alike": "955590473", "block twice": "957395071", "three even": "952469037", "786": "957861903",
		"666": "956661903",
	} {
		if uin := withCheckDigit(digits); validUIN(uin) {
			t.Errorf("%s: %s passes", rule, uin)
		}
	}
	for rule, digits := range map[string]string{
		"same digit at distance 1": "367702410386519", "same digit at distance 2": "367241038657194"[:13] + "91",
		"rises": "361237041865920", "block twice": "367024103670582",
	} {
		if vid := withCheckDigit(digits); validVID(vid) {
			t.Errorf("%s: %s passes", rule, vid)
		}
	}
	if validUIN("4752553413") || validVID("3670241038657196") {
		t.Error("a wrong check digit passes")
	}
}

func TestResidentsFollowFromTheSeed(t *testing.T) {
	one, err := newResidents("a seed")
	if err != nil {
		t.Fatal(err)
	}
	again, err := newResidents("a seed")
	if err != nil {
		t.Fatal(err)
	}
	other, err := newResidents("another seed")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range one.all {
		if !validUIN(r.UIN) || len(r.RID) != 29 {
			t.Errorf("resident %d: UIN %s RID %s", i, r.UIN, r.RID)
		}
		if r.UIN != again.all[i].UIN || string(r.Identity) != string(again.all[i].Identity) {
			t.Errorf("resident %d differs", i)
		}
	}
	if one.all[0].UIN == other.all[0].UIN {
		t.Error("two seeds give the same resident")
	}
	if first := one.all[0]; first.Status != "ACTIVATED" || first.PreferredLang != "eng" || first.Email == "" || first.Phone == "" {
		t.Errorf("the first resident lacks something: %+v", first)
	}
}

// The expected numbers were computed apart from this code, by the two formulas.
func TestTokenIDs(t *testing.T) {
	salts := tokenSalts{uin: "salt-1", partnerCode: "salt-2"}
	if got, want := salts.tokenID("4752553412", "partner"), "289412580900849576539879508896714459"; got != want {
		t.Errorf("ID Repository's: got %s, want %s", got, want)
	}
	if got, want := salts.keyManagerTokenID("4752553412", "partner"), "346696836308850712753583830593581417"; got != want {
		t.Errorf("Key Manager's: got %s, want %s", got, want)
	}
}
