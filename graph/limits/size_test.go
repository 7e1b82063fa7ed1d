package limits

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

func TestMeasureCountsWhatAnOperationHolds(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want Size
	}{
		"one field":          {"{a}", Size{Depth: 1, RootFields: 1, Fields: 1}},
		"an alias":           {"{b:a}", Size{Depth: 1, RootFields: 1, Fields: 1, Aliases: 1}},
		"an alias of itself": {"{a:a}", Size{Depth: 1, RootFields: 1, Fields: 1}},
		"three of one name":  {"{a{id} b{id} c{id}}", Size{Depth: 2, RootFields: 3, Fields: 6, Pairs: 3}},
		"the largest of two": {"query A{a}query B{b{c} d}", Size{Depth: 2, RootFields: 2, Fields: 3}},
		"directives everywhere": {"query Q($v:Int@d)@d{a@d{...@d{b} ...F@d}}fragment F on T@d{c@d}",
			Size{Depth: 2, RootFields: 1, Fields: 3, Directives: 7, Fragments: 1}},
		"a fragment spread twice": {"{a{...F} b{...F}}fragment F on T{x:c d}",
			Size{Depth: 2, RootFields: 2, Fields: 6, Aliases: 2, Fragments: 1}},
		"root fields in fragments":  {"{...F ...{b}}fragment F on Q{a c}", Size{Depth: 1, RootFields: 3, Fields: 3, Fragments: 1}},
		"a fragment nobody spreads": {"{a}fragment F on T{b{c{d}}}", Size{Depth: 3, RootFields: 1, Fields: 3, Fragments: 1}},
		"a fragment in itself":      {"{a{...F}}fragment F on T{b ...F}", Size{Depth: 2, RootFields: 1, Fields: 2, Fragments: 1}},
		"two of one name, the first counts": {"{...F}fragment F on T{b}fragment F on T{c{d}}",
			Size{Depth: 2, RootFields: 1, Fields: 2, Fragments: 2}},
		"introspection is measured apart": {"{a{b} __schema{types{fields{name}}}}",
			Size{Depth: 2, Meta: 4, RootFields: 2, Fields: 6}},
		"a fragment of introspection": {"{a}fragment F on __Type{ofType{type{name}}}", Size{Depth: 1, Meta: 3, RootFields: 1, Fields: 3, Fragments: 1}},
		"an unknown fragment":         {"{...F}", Size{}},
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := parser.ParseQuery(&ast.Source{Input: test.text})
			if err != nil {
				t.Fatal(err)
			}
			if got := Measure(doc); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}

func TestVariablesAreCounted(t *testing.T) {
	bounds := Bounds{Values: 5}
	list := func(n int) map[string]any { return map[string]any{"list": make([]any, n)} }
	if err := bounds.CheckValues(list(4)); err != nil { // and the list itself
		t.Errorf("5 values are refused: %v", err)
	}
	if code := codeOf(bounds.CheckValues(list(5))); code != codeTooCostly {
		t.Errorf("6 values answer %q", code)
	}
	if code := codeOf(bounds.CheckValues(map[string]any{"a": map[string]any{"b": []any{1, 2, map[string]any{"c": 3}}}})); code != codeTooCostly {
		t.Errorf("7 nested values answer %q", code)
	}
	if err := bounds.CheckValues(nil); err != nil {
		t.Errorf("no variables are refused: %v", err)
	}
}

// introspection is what GraphiQL asks for, with the deepest types it can show.
const introspection = `query IntrospectionQuery{__schema{description queryType{name kind}mutationType{name kind}subscriptionType{name kind}
types{...FullType}directives{name description isRepeatable locations args(includeDeprecated:true){...InputValue}}}}
fragment FullType on __Type{kind name description specifiedByURL isOneOf fields(includeDeprecated:true){name description
args(includeDeprecated:true){...InputValue}type{...TypeRef}isDeprecated deprecationReason}inputFields(includeDeprecated:true)
{...InputValue}interfaces{...TypeRef}enumValues(includeDeprecated:true){name description isDeprecated deprecationReason}
possibleTypes{...TypeRef}}fragment InputValue on __InputValue{name description type{...TypeRef}defaultValue isDeprecated
deprecationReason}fragment TypeRef on __Type{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name
ofType{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name}}}}}}}}}}`

// home is the largest screen.
const home = `query Home{viewer{id profile{fullName{lang value}photo{url expiresAt}email{masked}phone{masked}preferredLanguage
lastLogin signedInWith}vids(first:10){nodes{id masked type status createdAt expiresAt transactionsLeft isLoginVid
canRevoke{allowed reason}}pageInfo{hasNextPage endCursor}}vidPolicies{type validForMinutes instancesAllowed}authLocks{type
locked pending unlockUntil confirmedAt}serviceHistory(first:20){nodes{id eventId requestType serviceType status statusDetail
summary createdAt updatedAt pinned read partner{id name logoUrl}}pageInfo{hasNextPage endCursor}}unreadCount changeCursor}
session{state expiresAt idleAt scopes}}`

func TestTheLargestScreensAreWithinTheBounds(t *testing.T) {
	reader := NewReader(contract(t), DefaultBounds())
	for name, text := range map[string]string{"introspection": introspection, "home": home} {
		doc, err := reader.Parse(text, true)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		half, size := DefaultBounds(), Measure(doc)
		half.Depth, half.Fields, half.Pairs, half.Fragments = half.Depth*3/4, half.Fields/2, half.Pairs/2, half.Fragments/2
		half.Aliases, half.Directives, half.RootFields = half.Aliases/2, half.Directives/2, half.RootFields/2
		if err := half.Check(size); err != nil {
			t.Errorf("%s uses most of a bound: %v (%+v)", name, err, size)
		}
		if strings.Count(text, "")/2 > half.Bytes {
			t.Errorf("%s is too long", name)
		}
	}
}
