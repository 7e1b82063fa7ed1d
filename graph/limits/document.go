package limits

import (
	"context"
	"errors"
	"strings"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// keptDocuments bounds what free documents hold in memory: the largest takes some 150 KiB when parsed.
const keptDocuments = 256

// A Reader makes documents of texts: parsed, within bounds, valid.
type Reader struct {
	schema *ast.Schema
	bounds Bounds
	kept   *lru.LRU[*ast.QueryDocument]
}

// NewReader answers a reader of documents for schema.
func NewReader(schema *ast.Schema, bounds Bounds) *Reader {
	return &Reader{schema: schema, bounds: bounds, kept: lru.New[*ast.QueryDocument](keptDocuments)}
}

// Read answers the document, or the first thing that is wrong with it: TOO_COSTLY beyond a bound, gqlgen's codes
// (package errcode) when it is not well-formed or not valid. Good documents are kept. names says whether the error may
// tell names of the schema, and suggest some.
func (r *Reader) Read(ctx context.Context, text string, names bool) (*ast.QueryDocument, *gqlerror.Error) {
	if doc, ok := r.kept.Get(ctx, text); ok {
		return doc, nil
	}
	doc, err := r.Parse(text, names)
	if err == nil {
		r.kept.Add(ctx, text, doc)
	}
	return doc, err
}

// Parse is Read without keeping.
func (r *Reader) Parse(text string, names bool) (*ast.QueryDocument, *gqlerror.Error) {
	if len(text) > r.bounds.Bytes {
		return nil, tooCostly("The document is too long.")
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, r.bounds.Tokens)
	if err != nil {
		return nil, malformed(err)
	}
	if len(doc.Operations) == 0 {
		fault := gqlerror.Errorf("The document holds no operation.")
		errcode.Set(fault, errcode.ValidationFailed)
		return nil, fault
	}
	if fault := r.bounds.Check(Measure(doc)); fault != nil {
		return nil, fault
	}
	return doc, r.validate(doc, names)
}

// malformed answers what the parser found. It tells a document that is too long by its text alone.
func malformed(err error) *gqlerror.Error {
	fault, ok := errors.AsType[*gqlerror.Error](err)
	switch {
	case !ok:
		fault = gqlerror.Wrap(err)
	case strings.HasPrefix(fault.Message, "exceeded token limit"):
		return tooCostly("The document is too long.")
	}
	errcode.Set(fault, errcode.ParseFailed)
	return fault
}

// suggestible is how many faults a document may have to get suggestions, each of which is a search through the schema.
const suggestible = 10

// validate answers the first fault of the document.
func (r *Reader) validate(doc *ast.QueryDocument, names bool) *gqlerror.Error {
	faults := validator.ValidateWithRules(r.schema, doc, terseRules())
	if len(faults) == 0 {
		return nil
	}
	fault := faults[0]
	switch {
	case !names:
		fault = &gqlerror.Error{Message: "The document does not fit the schema.", Locations: fault.Locations}
	case len(faults) <= suggestible:
		fault = validator.ValidateWithRules(r.schema, doc, rules.NewDefaultRules())[0]
	}
	errcode.Set(fault, errcode.ValidationFailed)
	return fault
}

// terseRules are the rules of the specification, without the suggestions.
func terseRules() *rules.Rules {
	all := rules.NewDefaultRules()
	all.ReplaceRule(rules.FieldsOnCorrectTypeRule.Name, rules.FieldsOnCorrectTypeRuleWithoutSuggestions.RuleFunc)
	all.ReplaceRule(rules.KnownArgumentNamesRule.Name, rules.KnownArgumentNamesRuleWithoutSuggestions.RuleFunc)
	all.ReplaceRule(rules.KnownTypeNamesRule.Name, rules.KnownTypeNamesRuleWithoutSuggestions.RuleFunc)
	all.ReplaceRule(rules.ScalarLeafsRule.Name, rules.ScalarLeafsRuleWithoutSuggestions.RuleFunc)
	all.ReplaceRule(rules.ValuesOfCorrectTypeRule.Name, rules.ValuesOfCorrectTypeRuleWithoutSuggestions.RuleFunc)
	return all
}
