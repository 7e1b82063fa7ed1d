package sandbox

import (
	"math/rand/v2"
	"strings"
)

const (
	uinLength = 10
	vidLength = 16
)

// validUIN applies MOSIP's rules for a Unique Identification Number.
func validUIN(n string) bool {
	if !plainNumber(n, uinLength) || hasRun(n) || repeatsBlock(n) || !validCheckDigit(n) {
		return false
	}
	for i := range len(n) - 2 {
		if n[i] == n[i+1] && n[i] == n[i+2] {
			return false // one digit three times
		}
		if strings.Trim(n[i:i+3], "2468") == "" {
			return false // three even digits
		}
	}
	head, tail := n[:uinLength/2], n[uinLength/2:]
	return head != tail && head != reversed(tail)
}

// validVID applies MOSIP's rules for a Virtual ID.
func validVID(n string) bool {
	if !plainNumber(n, vidLength) || hasRun(n) || repeatsBlock(n) || !validCheckDigit(n) {
		return false
	}
	for i := range len(n) - 1 {
		if n[i] == n[i+1] || i+2 < len(n) && n[i] == n[i+2] {
			return false // the same digit within distance 2
		}
	}
	return true
}

// plainNumber holds what both kinds ask of the digits.
func plainNumber(n string, length int) bool {
	return len(n) == length && strings.Trim(n, "0123456789") == "" && n[0] > '1' &&
		!strings.Contains(n, "786") && !strings.Contains(n, "666")
}

// hasRun finds three consecutive digits that rise or fall by one.
func hasRun(n string) bool {
	for i := range len(n) - 2 {
		if strings.Contains("0123456789", n[i:i+3]) || strings.Contains("9876543210", n[i:i+3]) {
			return true
		}
	}
	return false
}

// repeatsBlock finds a pair of digits that occurs twice without overlap; a
// longer block that repeats contains such a pair.
func repeatsBlock(n string) bool {
	for i := range len(n) - 3 {
		if strings.Contains(n[i+2:], n[i:i+2]) {
			return true
		}
	}
	return false
}

func reversed(n string) string {
	b := []byte(n)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// drawNumber draws until a number with its check digit passes valid.
func drawNumber(random *rand.Rand, length int, valid func(string) bool) string {
	digits := make([]byte, length-1)
	for {
		for i := range digits {
			digits[i] = byte('0' + random.IntN(10))
		}
		if n := withCheckDigit(string(digits)); valid(n) {
			return n
		}
	}
}
