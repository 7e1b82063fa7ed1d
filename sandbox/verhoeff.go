package sandbox

// The tables of Verhoeff's check digit: the multiplication of the dihedral
// group D5, the permutation by position, the inverse.
const (
	verhoeffMultiply = "0123456789" + "1234067895" + "2340178956" + "3401289567" + "4012395678" +
		"5987604321" + "6598710432" + "7659821043" + "8765932104" + "9876543210"
	verhoeffPermute = "0123456789" + "1576283094" + "5803796142" + "8916043527" +
		"9453126870" + "4286573901" + "2793806415" + "7046913258"
	verhoeffInverse = "0432156789"
)

// verhoeff folds digits from the right; the permutation starts at row offset.
func verhoeff(digits string, offset int) int {
	c := 0
	for i := range len(digits) {
		digit := int(digits[len(digits)-1-i] - '0')
		permuted := int(verhoeffPermute[(i+offset)%8*10+digit] - '0')
		c = int(verhoeffMultiply[c*10+permuted] - '0')
	}
	return c
}

// withCheckDigit appends the Verhoeff digit to digits.
func withCheckDigit(digits string) string {
	return digits + string(verhoeffInverse[verhoeff(digits, 1)])
}

func validCheckDigit(digits string) bool { return verhoeff(digits, 0) == 0 }
