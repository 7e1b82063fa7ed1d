package session

import (
	"context"
	"errors"
	"net/http"

	"golang.org/x/oauth2"
)

// exchange redeems the code. e-Signet keeps a code until it has answered well, so a try without an answer is repeated
// once, with an assertion of its own.
func (m *Manager) exchange(ctx context.Context, md *metadata, tx *transaction, code string) (*oauth2.Token, error) {
	tokens, err := m.redeem(ctx, md, tx, code)
	if err != nil && ctx.Err() == nil && (unanswered(err) || statusOf(err) >= http.StatusInternalServerError) {
		tokens, err = m.redeem(ctx, md, tx, code)
	}
	switch status := statusOf(err); {
	case err == nil:
		return tokens, nil
	case status >= http.StatusInternalServerError:
		return nil, failf(CodeProviderUnavailable, "token endpoint answered %d", status)
	case status != 0: // the library's own error quotes the answer
		return nil, failf(CodeTokenRefused, "token endpoint answered %d", status)
	}
	return nil, failCall(CodeTokenRefused, err)
}

// statusOf is the HTTP status of a refused token request, zero for other errors.
func statusOf(err error) int {
	var refusal *oauth2.RetrieveError
	if errors.As(err, &refusal) {
		return refusal.Response.StatusCode
	}
	return 0
}

func (m *Manager) redeem(ctx context.Context, md *metadata, tx *transaction, code string) (*oauth2.Token, error) {
	credentials, err := m.client.credentials(md.endpoint.TokenURL)
	if err != nil {
		return nil, err
	}
	options := []oauth2.AuthCodeOption{oauth2.VerifierOption(tx.Verifier)}
	for name := range credentials {
		options = append(options, oauth2.SetAuthURLParam(name, credentials.Get(name)))
	}
	return m.oauth(md).Exchange(m.provider.http.context(ctx), code, options...)
}
