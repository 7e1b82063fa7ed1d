package keymanager

import (
	"crypto/sha256"
	"fmt"
	"math/big"
)

const tokenIDLength = 36

// TokenID returns the 36 digits under which a partner knows a resident; with the online verification partner they are
// the owner key of every row. It is ID Repository's algorithm, which hashes once. Key Manager's endpoint of the same
// name hashes twice and gives other digits; IDA uses those only towards relying parties.
func TokenID(uin, partnerID, uinSalt, partnerCodeSalt string) string {
	uinHash := upperHex(uin + uinSalt)
	hash := upperHex(partnerCodeSalt + partnerID + uinHash)
	// The 64 characters themselves, not the 32 bytes they stand for, are read as one number.
	return new(big.Int).SetBytes([]byte(hash)).String()[:tokenIDLength]
}

func upperHex(s string) string { return fmt.Sprintf("%X", sha256.Sum256([]byte(s))) }
