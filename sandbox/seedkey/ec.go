package seedkey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"math/big"
)

// EC returns the P-256 key that follows from seed and name. The private scalar
// is drawn with 64 extra bits (FIPS 186-5, A.2.1), so that its distribution
// over 1 … n-1 is even.
func EC(seed, name string) *ecdsa.PrivateKey {
	curve := elliptic.P256()
	size := curve.Params().BitSize / 8
	one := big.NewInt(1)
	d := new(big.Int).SetBytes(read(Stream(seed, "ec "+name), size+8))
	d.Mod(d, new(big.Int).Sub(curve.Params().N, one)).Add(d, one)
	key, err := ecdsa.ParseRawPrivateKey(curve, d.FillBytes(make([]byte, size)))
	if err != nil {
		panic("seedkey: " + err.Error()) // only for a scalar outside 1 … n-1
	}
	return key
}
