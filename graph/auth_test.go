package graph

import (
	"context"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

func TestAuthRefusesWithTheCodeThatTheCallerCanActOn(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	check := authorise(&session.Manager{}, 5*time.Minute, func() time.Time { return now })
	manage := ConsentScopeManageVid
	signedIn := func(ago time.Duration, scopes ...string) context.Context {
		return session.WithSession(context.Background(), &session.Session{TokenID: "1", Scopes: scopes,
			ACR: "mosip:idp:acr:generated-code", AuthenticatedAt: now.Add(-ago)})
	}
	partner := session.WithCaller(context.Background(), &session.Caller{Kind: session.CallerPartner, PartnerID: "p"})
	residents, everybody := []Caller{CallerResident}, []Caller{CallerResident, CallerPartner}
	for name, test := range map[string]struct {
		ctx   context.Context
		as    []Caller
		scope *ConsentScope
		fresh bool
		code  resident.ErrorCode
	}{
		"a visitor":                      {context.Background(), residents, nil, false, resident.Unauthenticated},
		"a resident":                     {signedIn(time.Hour), residents, nil, false, ""},
		"a resident without the scope":   {signedIn(0, "Manage-Credentials"), residents, &manage, false, resident.ConsentRequired},
		"a resident with the scope":      {signedIn(0, "Manage-VID"), residents, &manage, false, ""},
		"a sign-in that is too old":      {signedIn(6*time.Minute, "Manage-VID"), residents, &manage, true, resident.StepUpRequired},
		"a sign-in that is fresh":        {signedIn(4*time.Minute, "Manage-VID"), residents, &manage, true, ""},
		"a partner where residents may":  {partner, residents, nil, false, resident.Forbidden},
		"a partner where partners may":   {partner, everybody, &manage, true, ""},
		"a resident where operators may": {signedIn(0), []Caller{CallerOperator}, nil, false, resident.Forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			reached := false
			_, err := check(test.ctx, nil, func(context.Context) (any, error) { reached = true; return nil, nil }, test.as, test.scope, test.fresh)
			if reached != (test.code == "") {
				t.Errorf("the field was resolved: %v", reached)
			}
			if test.code == "" {
				return
			}
			refused := resident.AsError(err)
			if refused.Code != test.code {
				t.Errorf("code %s, want %s", refused.Code, test.code)
			}
			if url, _ := refused.Hints["signInUrl"].(string); (test.code == resident.StepUpRequired) != (url != "") {
				t.Errorf("the sign-in URL is %q", url)
			}
		})
	}
}
