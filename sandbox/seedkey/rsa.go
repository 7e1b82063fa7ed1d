package seedkey

import (
	"crypto/rsa"
	"io"
	"math/big"
)

const (
	primeBits = 1024 // two of them make the 2048 bits of the modulus
	exponent  = 65537
	// millerRabinRounds keeps the chance of a composite below 2^-100 (FIPS
	// 186-5 asks for 4 rounds at this size); math/big adds a Lucas test.
	millerRabinRounds = 20
)

// RSA returns the 2048-bit RSA key that follows from seed and name, with its
// CRT values precomputed. crypto/rsa reads its own randomness whatever reader
// it is handed, so the primes are searched here. It takes some 0.1 s: keep the
// result.
func RSA(seed, name string) *rsa.PrivateKey {
	stream := Stream(seed, "rsa "+name)
	p := prime(stream)
	q := prime(stream)
	for p.Cmp(q) == 0 {
		q = prime(stream)
	}
	one := big.NewInt(1)
	pMinus1, qMinus1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	gcd := new(big.Int).GCD(nil, nil, pMinus1, qMinus1)
	lcm := new(big.Int).Mul(pMinus1, qMinus1)
	lcm.Div(lcm, gcd)

	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: exponent},
		D:         new(big.Int).ModInverse(big.NewInt(exponent), lcm),
		Primes:    []*big.Int{p, q},
	}
	key.Precompute()
	if err := key.Validate(); err != nil {
		panic("seedkey: " + err.Error())
	}
	return key
}

// prime returns the first prime p at or after a random odd start for which the
// public exponent is invertible modulo p-1. The two top bits are set, so that
// the product of two such primes has exactly 2048 bits.
func prime(stream io.Reader) *big.Int {
	two, e := big.NewInt(2), big.NewInt(exponent)
	p := new(big.Int).SetBytes(read(stream, primeBits/8))
	p.SetBit(p, primeBits-1, 1).SetBit(p, primeBits-2, 1).SetBit(p, 0, 1)
	for rest := new(big.Int); ; p.Add(p, two) {
		// e is prime: p-1 shares a factor with it only if e divides p-1.
		if rest.Mod(p, e).Cmp(big.NewInt(1)) != 0 && p.ProbablyPrime(millerRabinRounds) {
			return p
		}
	}
}
