package id

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func sealer(t testing.TB) *Sealer {
	t.Helper()
	s, err := NewSealer(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAnIDOpensForItsKindAndOwnerOnly(t *testing.T) {
	s := sealer(t)
	id := s.Node("Vid", "owner-a", "4752553412345678")
	if again := s.Node("Vid", "owner-a", "4752553412345678"); again != id {
		t.Error("the same thing has two ids")
	}
	if other := s.Node("Vid", "owner-b", "4752553412345678"); other == id {
		t.Error("two residents see the same id")
	}
	if kind, key, err := s.OpenNode("owner-a", id); kind != "Vid" || key != "4752553412345678" || err != nil {
		t.Errorf("opened to %s %s %v", kind, key, err)
	}
	for name, attempt := range map[string]func() error{
		"another owner": func() error { _, _, err := s.OpenNode("owner-b", id); return err },
		"another kind":  func() error { _, _, err := s.OpenNode("owner-a", "Event"+id[3:]); return err },
		"as a cursor": func() error {
			_, err := s.Open("page/vids", "owner-a", strings.TrimPrefix(string(id), "Vid_"))
			return err
		},
		"no kind": func() error { _, _, err := s.OpenNode("owner-a", "nonsense"); return err },
	} {
		if err := attempt(); !errors.Is(err, ErrForeign) {
			t.Errorf("%s: %v, want ErrForeign", name, err)
		}
	}
}

func TestEveryEditedBitIsNoticed(t *testing.T) {
	s := sealer(t)
	raw, err := base64.RawURLEncoding.DecodeString(s.Seal("kind", "owner", "key"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for bit := range 8 {
			edited := bytes.Clone(raw)
			edited[i] ^= 1 << bit
			if _, err := s.Open("kind", "owner", base64.RawURLEncoding.EncodeToString(edited)); !errors.Is(err, ErrForeign) {
				t.Fatalf("byte %d, bit %d: %v, want ErrForeign", i, bit, err)
			}
		}
	}
}

func TestAShortSecretIsRefused(t *testing.T) {
	if _, err := NewSealer(make([]byte, 31)); err == nil {
		t.Error("31 bytes are taken")
	}
}

// FuzzOpen looks for text that opens although nobody sealed it.
func FuzzOpen(f *testing.F) {
	s := sealer(f)
	f.Add("Vid_" + s.Seal("node/Vid", "owner", "key"))
	f.Add("Event_")
	f.Add("_")
	f.Add("Vid_" + s.Seal("node/Vid", "owner", "key")[:9] + "\n" + s.Seal("node/Vid", "owner", "key")[9:])
	f.Add("Partner_AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		kind, key, err := s.OpenNode("someone", ID(text))
		if err == nil && s.Node(kind, "", key) != ID(text) && s.Node(kind, "someone", key) != ID(text) {
			t.Errorf("%q opened to %s %q, which nobody sealed", text, kind, key)
		}
		if key, err := s.Open("page/history", "someone", text); err == nil && s.Seal("page/history", "someone", key) != text {
			t.Errorf("%q opened to %q, which nobody sealed", text, key)
		}
	})
}
