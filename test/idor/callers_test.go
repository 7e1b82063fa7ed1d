package idor

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/resident-graph/resident-graph/test/harness"
)

// mayUse answers the kinds of caller that a root field names; residents alone where it names none.
func mayUse(field *ast.FieldDefinition) []string {
	auth := field.Directives.ForName("auth")
	if auth == nil {
		return []string{"RESIDENT", "PARTNER", "OPERATOR"} // it is public
	}
	as := auth.Arguments.ForName("as")
	if as == nil {
		return []string{"RESIDENT"}
	}
	var kinds []string
	for _, child := range as.Value.Children {
		kinds = append(kinds, child.Value.Raw)
	}
	return kinds
}

// TestNoTokenDoesWhatIsAResidents has a partner and an operator try each mutation that is not theirs, with handles of a
// resident in their hands.
func TestNoTokenDoesWhatIsAResidents(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	s := harness.Start(t, unlimited...)
	p := settle(t, s, residents(t, s, 1)[0])
	before := snapshot(t, p)
	s.ResetCalls(t)
	tried := 0
	for kind, c := range map[string]*harness.Client{"PARTNER": s.Bearer(t, "mpartner-default-health"), "OPERATOR": s.Bearer(t, "resident-graph-operator")} {
		for _, field := range schema.Mutation.Fields {
			if slices.Contains(mayUse(field), kind) {
				continue
			}
			document := strings.NewReplacer("Vid_none", p.one("Vid.id"), "Share_none", p.one("Share.id"), "Partner_none", p.one("Partner.id")).Replace(harmless["Mutation."+field.Name])
			answer := c.Do(document, nil)
			tried++
			if code := answer.Code(field.Name); code != "FORBIDDEN" || answer.Data != nil && answer.Data[field.Name] != nil {
				t.Errorf("%s as %s: %q %v", field.Name, kind, code, answer.Data)
			}
		}
		for _, giver := range []string{"Event.id", "Vid.id", "Share.id", "Grievance.id", "Resident.id"} {
			answer := c.Do(`query ($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": p.one(giver)})
			if code := answer.Code("node"); code != "NOT_FOUND" && code != "FORBIDDEN" || harness.At(answer.Data, "node") != nil {
				t.Errorf("%s as %s: %q %v", giver, kind, code, answer.Data)
			}
		}
		if answer := c.Do(`{ viewer { id } }`, nil); harness.At(answer.Data, "viewer") != nil {
			t.Errorf("%s is a resident: %v", kind, answer.Data)
		}
	}
	for service, n := range s.Calls(t) {
		if n > 0 && !slices.Contains([]string{"hub", "keycloak", "audit"}, service) {
			t.Errorf("%s was asked %d times", service, n)
		}
	}
	if after := snapshot(t, p); after != before {
		t.Errorf("something changed for the resident: %s", difference(before, after))
	}
	if tried < 30 {
		t.Errorf("only %d mutations were tried", tried)
	}
}
