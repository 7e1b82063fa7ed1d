package resident

import "testing"

func TestMaskingHidesAtLeastHalfOfEveryValue(t *testing.T) {
	for _, test := range []struct{ attribute, value, want string }{
		{"UIN", "2047382910", "2XXXXXXX10"},
		{"fullName", "Amina Diallo", "AXXXX XXXXlo"},
		{"fullName", "فاطمة الزهراء", "فXXXX XXXXXاء"},
		{"fullName", "தமிழ்ச்செல்வி", "தXXXXல்வி"},
		{"dateOfBirth", "12/Mar/1990", "1X/XXX/XX90"},
		{"gender", "Male", "MXXe"},
		{"gender", "أنثى", "أXXى"},
		{"name", "Li", "LX"},
		{"name", "A", "X"},
		{"name", "Ali", "AXX"},
		{"name", "", ""},
		{"email", "amina.diallo1@example.org", "amiXXXXXXXXXX@example.org"},
		{"email", "a@example.org", "X@example.org"},
		{"email", "ab@example.org", "aX@example.org"},
		{"email", "no address", "nX XXXXXss"},
		{"contactAddress", "amina@example.org", "amXXX@example.org"},
		{"phone", "9123004567", "XXXXXX4567"},
		{"phone", "911", "XX1"},
		{"phone", "1", "X"},
	} {
		if got := mask(test.attribute, test.value); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.attribute, test.value, got, test.want)
		}
	}
}
