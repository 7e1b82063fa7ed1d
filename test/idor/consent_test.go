package idor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/resident-graph/resident-graph/test/harness"
)

// ticks are e-Signet's names of the scopes, as its form has them.
var ticks = map[string]string{
	"MANAGE_IDENTITY_DATA": "Manage-Identity-Data", "MANAGE_VID": "Manage-VID", "MANAGE_AUTHENTICATION": "Manage-Authentication",
	"MANAGE_SERVICE_REQUESTS": "Manage-Service-Requests", "MANAGE_CREDENTIALS": "Manage-Credentials",
}

// harmless are the root fields that are no queries, with arguments that are refused before anything is done, where there
// are such: a mutation or subscription without one fails the test.
var harmless = map[string]string{
	"Mutation.generateVid":            `mutation { generateVid(input: {idempotencyKey: "short", type: TEMPORARY}) { errors { code } } }`,
	"Mutation.revokeVid":              `mutation { revokeVid(input: {idempotencyKey: "no-such-vid", vidId: "Vid_none"}) { errors { code } } }`,
	"Mutation.revealVid":              `mutation { revealVid(input: {vidId: "Vid_none"}) { errors { code } } }`,
	"Mutation.requestVidCard":         `mutation { requestVidCard(input: {idempotencyKey: "no-such-vid", vidId: "Vid_none"}) { errors { code } } }`,
	"Mutation.fetchUinCard":           `mutation { fetchUinCard(input: {idempotencyKey: "short"}) { errors { code } } }`,
	"Mutation.exportServiceHistory":   `mutation { exportServiceHistory(input: {lang: "none"}) { errors { code } } }`,
	"Mutation.setAuthLocks":           `mutation { setAuthLocks(input: {idempotencyKey: "no-changes", changes: []}) { errors { code } } }`,
	"Mutation.pinEvent":               `mutation { pinEvent(input: {eventId: "none", pinned: true}) { errors { code } } }`,
	"Mutation.reportGrievance":        `mutation { reportGrievance(input: {idempotencyKey: "no-event", eventId: "none", message: "None."}) { errors { code } } }`,
	"Mutation.answerGrievance":        `mutation { answerGrievance(input: {idempotencyKey: "no-operator", ticketId: "none", message: "None."}) { errors { code } } }`,
	"Mutation.markEventRead":          `mutation { markEventRead(input: {eventId: "none"}) { errors { code } } }`,
	"Mutation.markNotificationsSeen":  `mutation { markNotificationsSeen(input: {upTo: "none"}) { errors { code } } }`,
	"Mutation.extendSession":          `mutation { extendSession { errors { code } } }`,
	"Subscription.eventChanged":       `subscription { eventChanged(after: "none") { cursor } }`,
	"Subscription.sessionChanged":     `subscription { sessionChanged { state } }`,
	"Mutation.revealAttribute":        `mutation { revealAttribute(input: {name: "none"}) { errors { code } } }`,
	"Mutation.shareCredential":        `mutation { shareCredential(input: {idempotencyKey: "short", partnerId: "Partner_none", purpose: "None", attributes: [], consent: {accepted: false, textVersion: ""}}) { errors { code } } }`,
	"Mutation.orderPhysicalCard":      `mutation { orderPhysicalCard(input: {idempotencyKey: "short", partnerId: "Partner_none", returnPath: "/"}) { errors { code } } }`,
	"Mutation.withdrawShare":          `mutation { withdrawShare(input: {idempotencyKey: "no-share", shareId: "Share_none"}) { errors { code } } }`,
	"Mutation.createPersonalizedCard": `mutation { createPersonalizedCard(input: {idempotencyKey: "short", attributes: [], lang: "eng"}) { errors { code } } }`,
	// Last of all: it does what it says.
	"Mutation.signOut": `mutation { signOut { errors { code } } }`,
}

// TestWithoutAConsentItsFieldsAndNoOthersAreRefused leaves each scope unticked at sign-in, in turn. What depends on it
// is read from the schema.
func TestWithoutAConsentItsFieldsAndNoOthersAreRefused(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	s := harness.Start(t, unlimited...)
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	r := residents(t, s, 1)[0]
	whole := settle(t, s, r)
	for _, value := range schema.Types["ConsentScope"].EnumValues {
		t.Run(value.Name, func(t *testing.T) {
			if ticks[value.Name] == "" {
				t.Fatalf("%s: add e-Signet's name of it to `ticks`", value.Name)
			}
			p := whole.with(t)
			p.Client = signInWithout(t, s, r, ticks[value.Name])
			scopes, _ := harness.At(p.Must(`{ session { scopes } }`, nil), "session", "scopes").([]any)
			if len(scopes) != len(ticks)-1 || slices.Contains(scopes, any(value.Name)) {
				t.Errorf("the session says that these were consented to: %v", scopes)
			}
			refused := 0
			for _, field := range schema.Types["Resident"].Fields {
				refused += p.reads(schema, field, value.Name)
			}
			refused += p.finds(schema, value.Name) + p.writes(schema, value.Name)
			t.Logf("%d fields and nodes refused", refused)
		})
	}
}

// reads selects all below a field of the resident and compares what is refused with what the schema says.
func (p *person) reads(schema *ast.Schema, field *ast.FieldDefinition, scope string) int {
	p.t.Helper()
	text, ok := selection(schema, field, nil)
	if !ok {
		text = fmt.Sprintf(`%s(%s: "0000000000000000") { __typename }`, field.Name, field.Arguments[0].Name)
	}
	answer := p.Do("{ viewer { "+text+" } }", nil)
	viewer := harness.At(answer.Data, "viewer")
	want := expected(schema, schema.Types["Resident"], &ast.FieldDefinition{Name: field.Name}, viewer, "viewer", scope)
	var got []string
	for _, e := range answer.Errors {
		if e.Extensions["code"] == "CONSENT_REQUIRED" {
			got = append(got, strings.Trim(strings.ReplaceAll(fmt.Sprint(e.Path), " ", "."), "[]"))
		} else if ok {
			p.t.Errorf("%s fails with another code: %v", field.Name, e.Extensions["code"])
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		p.t.Errorf("viewer.%s: refused for want of consent are %v, want %v", field.Name, got, want)
	}
	return len(got)
}

// expected answers the paths below value that depend on a scope, the topmost of each branch. only limits it to one field.
func expected(schema *ast.Schema, of *ast.Definition, only *ast.FieldDefinition, value any, path, scope string) []string {
	var found []string
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			found = append(found, expected(schema, of, only, element, fmt.Sprint(path, ".", i), scope)...)
		}
	case map[string]any:
		for _, field := range of.Fields {
			inner, selected := value[field.Name]
			switch at := path + "." + field.Name; {
			case !selected || only != nil && field.Name != only.Name:
			case slices.Contains(scopesOf(schema, field), scope):
				found = append(found, at)
			default:
				found = append(found, expected(schema, schema.Types[field.Type.Name()], nil, inner, at, scope)...)
			}
		}
	}
	return found
}

// scopesOf answers the scopes that guard a field, by itself or by its type.
func scopesOf(schema *ast.Schema, field *ast.FieldDefinition) []string {
	var found []string
	for _, directives := range []ast.DirectiveList{field.Directives, schema.Types[field.Type.Name()].Directives} {
		if auth := directives.ForName("auth"); auth != nil {
			if scope := auth.Arguments.ForName("scope"); scope != nil {
				found = append(found, scope.Value.Raw)
			}
		}
	}
	return found
}

// writes tries every mutation and subscription; signing out comes last.
func (p *person) writes(schema *ast.Schema, scope string) (refused int) {
	p.t.Helper()
	coordinates := map[string]*ast.FieldDefinition{}
	for _, object := range []*ast.Definition{schema.Mutation, schema.Subscription} {
		for _, field := range object.Fields {
			coordinates[object.Name+"."+field.Name] = field
		}
	}
	inOrder := slices.Sorted(maps.Keys(coordinates))
	if last := slices.Index(inOrder, "Mutation.signOut"); last >= 0 {
		inOrder = append(slices.Delete(inOrder, last, last+1), "Mutation.signOut")
	}
	for _, coordinate := range inOrder {
		document, ok := harmless[coordinate]
		if !ok {
			p.t.Errorf("%s has no case: add it to `harmless` with arguments that are refused", coordinate)
			continue
		}
		var came string
		if strings.HasPrefix(coordinate, "Subscription.") {
			came = plain(p.t, []any{p.events(document, nil), p.messages(document, nil)})
		} else {
			came = plain(p.t, p.Do(document, nil))
		}
		want := slices.Contains(scopesOf(schema, coordinates[coordinate]), scope)
		if got := strings.Contains(came, "CONSENT_REQUIRED"); got != want {
			p.t.Errorf("%s is refused for want of consent: %t, want %t: %s", coordinate, got, want, came)
		}
		if want {
			refused++
		}
	}
	return refused
}

// finds asks `node` for one thing of each type.
func (p *person) finds(schema *ast.Schema, scope string) (refused int) {
	p.t.Helper()
	for _, d := range schema.GetPossibleTypes(schema.Types["Node"]) {
		id := p.one(d.Name + ".id")
		if id == "" {
			p.t.Errorf("no id of a %s was read: let harvest in handles_test.go reach one", d.Name)
			continue
		}
		answer := p.Do(`query ($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id})
		want := !reachable(schema, d.Name, scope)
		if got := answer.Code("node") == "CONSENT_REQUIRED"; got != want {
			p.t.Errorf("node(id: %s) is refused for want of consent: %t, want %t", d.Name, got, want)
		}
		if !want && harness.At(answer.Data, "node", "id") != id {
			p.t.Errorf("node(id: %s) finds nothing: %v", d.Name, answer.Errors)
		}
		if want {
			refused++
		}
	}
	return refused
}

// reachable says whether a query comes to a type without passing anything that depends on a scope, `node` aside: then
// `node` may answer it too.
func reachable(schema *ast.Schema, name, scope string) bool {
	seen, open := map[string]bool{}, []*ast.Definition{schema.Query}
	for len(open) > 0 {
		at := open[0]
		open = open[1:]
		for _, field := range at.Fields {
			next := schema.Types[field.Type.Name()]
			if field.Name == "node" || next.Kind != ast.Object || seen[next.Name] || slices.Contains(scopesOf(schema, field), scope) {
				continue
			}
			seen[next.Name] = true
			open = append(open, next)
		}
	}
	return seen[name]
}
