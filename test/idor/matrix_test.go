package idor

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestEveryPlaceThatTakesAHandleHasACase fails for what was added to the schema without a case here.
func TestEveryPlaceThatTakesAHandleHasACase(t *testing.T) {
	schema := contract(t)
	all := takers(schema)
	if len(all) == 0 {
		t.Fatal("the schema takes no handle at all: the reading of it is broken")
	}
	for _, coordinate := range all {
		_, used := uses[coordinate]
		_, isKeyed := keyed[coordinate]
		if !used && !isKeyed && closed[coordinate] == "" {
			t.Errorf("%s takes a handle and has no case: add it to `uses` in cases_test.go with a selection of the field that shows "+
				"whatever it can leak, and the field whose values work there (to `keyed` for an idempotency key)", coordinate)
		}
		object, _, _ := strings.Cut(coordinate, ".")
		if len(reaches[object]) == 0 {
			t.Errorf("%s: nothing says how %s is reached: add the ways to it to `reaches` in cases_test.go", coordinate, object)
		}
	}
	for coordinate := range uses {
		if !slices.Contains(all, coordinate) {
			t.Errorf("%s has a case and is not in the schema: remove it from cases_test.go", coordinate)
		}
	}
	for coordinate := range keyed {
		if !slices.Contains(all, coordinate) {
			t.Errorf("%s has a case and is not in the schema: remove it from cases_test.go", coordinate)
		}
	}
	t.Logf("%d coordinates take a handle, %d fields give one", len(all), len(givers(schema)))
}

// TestWhatIsClosedToResidentsIsForbidden tries what only operators may use, as a resident, a partner and nobody.
func TestWhatIsClosedToResidentsIsForbidden(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, unlimited...)
	asResident, asNobody := s.SignIn(t, residents(t, s, 1)[0].UIN), s.Visitor(t)
	asPartner, asOperator := s.Bearer(t, "mpartner-default-health"), s.Bearer(t, "resident-graph-operator")
	for coordinate, document := range closed {
		for _, test := range []struct {
			name string
			c    *harness.Client
			want string
		}{{"resident", asResident, "FORBIDDEN"}, {"partner", asPartner, "FORBIDDEN"}, {"visitor", asNobody, "UNAUTHENTICATED"}} {
			answer := test.c.Do(document, nil)
			if len(answer.Errors) != 1 || answer.Errors[0].Extensions["code"] != test.want {
				t.Errorf("%s as a %s: %+v %v", coordinate, test.name, answer.Errors, answer.Data)
			}
		}
		for _, e := range asOperator.Do(document, nil).Errors {
			if e.Extensions["code"] == "FORBIDDEN" {
				t.Errorf("%s is closed to operators too", coordinate)
			}
		}
	}
}

// TestAnotherResidentsHandlesAreLikeNonsense gives every place every handle of another resident: the answer must be the
// one for a handle of the same form that nobody ever had.
func TestAnotherResidentsHandlesAreLikeNonsense(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, unlimited...)
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	two := residents(t, s, 2)
	a, b := settle(t, s, two[0]), settle(t, s, two[1])
	foreign := ofOneAlone(t, a, b)
	before := snapshot(t, b)
	tried := 0
	for _, coordinate := range takers(contract(t)) {
		if _, isUse := uses[coordinate]; !isUse {
			continue
		}
		t.Run(coordinate, func(t *testing.T) {
			a := a.with(t)
			for way := range documents(t, coordinate) {
				for _, h := range foreign {
					tried++
					got := a.try(coordinate, way, h.value)
					if want := a.try(coordinate, way, nonsense(h.value)); got != want {
						t.Errorf("%s of another resident is told from nonsense:\n%s\n%s", h.path, got, want)
					}
					for _, canary := range b.canaries() {
						if strings.Contains(got, canary) {
							t.Errorf("%s of another resident: the answer holds something of theirs, or what was sent: %s", h.path, got)
						}
					}
				}
			}
		})
	}
	t.Logf("%d handles of another resident tried in all", tried)
	if after := snapshot(t, b); after != before {
		t.Errorf("something changed for the resident whose handles were tried: %s", difference(before, after))
	}
	provesGood(t, b)
}

// provesGood has the resident use their own handles: had they been bad, the matrix above would have shown nothing.
func provesGood(t *testing.T, b *person) {
	t.Helper()
	for _, spending := range []bool{false, true} {
		for coordinate, u := range uses {
			if u.spends != spending {
				continue
			}
			own := slices.IndexFunc(b.handles, func(h handle) bool { return h.giver == u.own || h.path == u.own })
			if own < 0 {
				t.Errorf("%s: the resident has no value of %s", coordinate, u.own)
				continue
			}
			for way := range documents(t, coordinate) {
				good, bad := b.try(coordinate, way, b.handles[own].value), b.try(coordinate, way, nonsense(b.handles[own].value))
				if good == bad {
					t.Errorf("%s: the resident's own %s is answered like nonsense: %s", coordinate, u.own, good)
				}
				if spending {
					break
				}
			}
		}
	}
}

// ofOneAlone answers the handles of b that a has not. What both have must be of the fields that are alike for everybody.
func ofOneAlone(t *testing.T, a, b *person) []handle {
	t.Helper()
	var foreign []handle
	for _, h := range b.handles {
		shared := slices.ContainsFunc(a.handles, func(other handle) bool { return other.value == h.value })
		public := slices.Contains(giversAlike, h.giver) || strings.HasPrefix(h.path, "partners.")
		if shared != public {
			t.Errorf("%s at %s: shared by two residents is %t, want %t", h.giver, h.path, shared, public)
		}
		if !shared {
			foreign = append(foreign, h)
		}
	}
	for _, giver := range givers(contract(t)) {
		if !slices.ContainsFunc(b.handles, func(h handle) bool { return h.giver == giver }) {
			t.Errorf("%s gives a handle, and none was read: let harvest in handles_test.go reach it", giver)
		}
	}
	return foreign
}

// documents answers the documents for a coordinate, one per way to its type.
func documents(t testing.TB, coordinate string) []string {
	t.Helper()
	schema := contract(t)
	object, rest, _ := strings.Cut(coordinate, ".")
	name, path, _ := strings.Cut(strings.TrimSuffix(rest, ")"), "(")
	argument := typeAt(schema, schema.Types[object].Fields.ForName(name), strings.Split(strings.Split(path, ":")[0], "."))
	var found []string
	for _, way := range reaches[object] {
		variables, field := "$handle: "+argument.String(), uses[coordinate].field
		if strings.Contains(field, "$key") {
			variables += ", $key: String!"
		}
		found = append(found, fmt.Sprintf(way, variables, field))
	}
	return found
}

// typeAt answers the type of an argument, or of an input field below it.
func typeAt(schema *ast.Schema, field *ast.FieldDefinition, path []string) *ast.Type {
	at := field.Arguments.ForName(path[0]).Type
	for _, name := range path[1:] {
		at = schema.Types[at.Name()].Fields.ForName(name).Type
	}
	return at
}

// try uses a value at a coordinate and answers all that came, as text, without trace ids.
func (p *person) try(coordinate string, way int, value string) string {
	document := documents(p.t, coordinate)[way]
	variables := map[string]any{"handle": value}
	if strings.Contains(document, "$key") {
		variables["key"] = rand.Text()
	}
	if strings.Contains(document, "$me") {
		variables["me"] = p.one("Resident.id")
	}
	if strings.HasPrefix(document, "subscription") {
		return plain(p.t, map[string]any{"sse": p.events(document, variables), "websocket": p.messages(document, variables)})
	}
	return plain(p.t, p.Do(document, variables))
}

// one answers a value of a field that gives one.
func (p *person) one(giver string) string {
	for _, h := range p.handles {
		if h.giver == giver || h.path == giver {
			return h.value
		}
	}
	return ""
}

// form tells the part of a value that says what it is from the part that names something.
var form = regexp.MustCompile(`^(/[a-z/]+/|[A-Z][A-Za-z]+_)?(.*)$`)

var digits = regexp.MustCompile(`^[0-9]+$`)

// nonsense answers a value of the same form that nobody was ever given.
func nonsense(value string) string {
	parts := form.FindStringSubmatch(value)
	random := make([]byte, len(parts[2]))
	_, _ = rand.Read(random)
	if digits.MatchString(parts[2]) {
		for i := range random {
			random[i] = '0' + random[i]%10
		}
		return parts[1] + string(random)
	}
	return parts[1] + base64.RawURLEncoding.EncodeToString(random[:base64.RawURLEncoding.DecodedLen(len(random))])
}
