package keymanager_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
)

func TestEncryptAndDecrypt(t *testing.T) {
	s := contract.Serve(t, map[string]string{
		"POST /encrypt": `{"id":null,"response":{"data":"VkVSX1Iy"},"errors":null}`,
		"POST /decrypt": `{"id":null,"response":{"data":"NTM0MTkwMjc2MQ"},"errors":null}`,
	})
	c := keymanager.New(s.Client)
	if got, err := c.Encrypt(t.Context(), "RESIDENT", "resident_document", []byte("5341902761")); err != nil || got != "VkVSX1Iy" {
		t.Errorf("%q, %v", got, err)
	}
	var sent struct{ Request map[string]string }
	if err := json.Unmarshal(s.Last(t).Body, &sent); err != nil {
		t.Fatal(err)
	}
	if sent.Request["data"] != "NTM0MTkwMjc2MQ" || sent.Request["applicationId"] != "RESIDENT" ||
		sent.Request["referenceId"] != "resident_document" || len(sent.Request["timeStamp"]) != len("2026-03-04T10:15:30.123Z") {
		t.Error(sent.Request)
	}
	if got, err := c.Decrypt(t.Context(), "RESIDENT", "resident_document", "VkVSX1Iy"); err != nil || string(got) != "5341902761" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestDecryptToleratesPaddingAndTheStandardAlphabet(t *testing.T) {
	for _, data := range []string{"-_8", "+/8=", "-_8="} {
		s := contract.Serve(t, map[string]string{"POST /decrypt": `{"response":{"data":"` + data + `"},"errors":null}`})
		if got, err := keymanager.New(s.Client).Decrypt(t.Context(), "A", "b", "x"); err != nil || string(got) != "\xfb\xff" {
			t.Errorf("%s: %x, %v", data, got, err)
		}
	}
	s := contract.Serve(t, map[string]string{"POST /decrypt": `{"response":{"data":"%%%"},"errors":null}`})
	if _, err := keymanager.New(s.Client).Decrypt(t.Context(), "A", "b", "x"); upstream.KindOf(err) != upstream.Garbled {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	s := contract.Serve(t, map[string]string{"POST /encrypt": `{"id":"null","version":"null","response":null,"errors":[{"errorCode":"KER-KMS-002","message":"ApplicationId not found in Key Policy."}]}`})
	if _, err := keymanager.New(s.Client).Encrypt(t.Context(), "NOPE", "x", nil); !upstream.HasCode(err, "KER-KMS-002") || upstream.KindOf(err) != upstream.Refused {
		t.Error(err)
	}
}

func TestTokenID(t *testing.T) {
	const uin, partner, uinSalt, partnerSalt = "4752553412", "mpartner-default-auth", "uin-salt", "partner-salt"
	// Computed apart from this code: sha256sum for both hashes, Python for the number.
	const want = "252546495887556657023560779674213805"
	got := keymanager.TokenID(uin, partner, uinSalt, partnerSalt)
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if other := twice(uin, partner, uinSalt, partnerSalt); got == other || len(other) != len(got) {
		t.Errorf("Key Manager's own algorithm gives %s too", other)
	}
	for _, changed := range []string{
		keymanager.TokenID("8161849594", partner, uinSalt, partnerSalt), keymanager.TokenID(uin, "MOVP", uinSalt, partnerSalt),
		keymanager.TokenID(uin, partner, "other", partnerSalt), keymanager.TokenID(uin, partner, uinSalt, "other"),
	} {
		if changed == got || len(changed) != 36 {
			t.Errorf("%s against %s", changed, got)
		}
	}
}

// twice is the algorithm of Key Manager's tokenid endpoint, which hashes each digest once more.
func twice(uin, partner, uinSalt, partnerSalt string) string {
	hash := func(s string) string {
		once := sha256.Sum256([]byte(s))
		return fmt.Sprintf("%X", sha256.Sum256(once[:]))
	}
	return new(big.Int).SetBytes([]byte(hash(partnerSalt + partner + hash(uin+uinSalt)))).String()[:36]
}
