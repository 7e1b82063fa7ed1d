package session

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// callbackDeadline covers the token request, in which e-Signet asks IDA for the resident's data, and UserInfo.
const callbackDeadline = 45 * time.Second

// callback ends a login: the browser comes back from e-Signet with a code.
func (m *Manager) callback(w http.ResponseWriter, r *http.Request) {
	private(w)
	if err := requireNavigation(r); err != nil {
		m.refuse(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), callbackDeadline)
	defer cancel()
	tx, err := m.transactionOf(ctx, r)
	if codeOf(err) != CodeState {
		m.cookies.expire(w, m.cookies.login)
	}
	if err != nil {
		m.refuse(w, r, err)
		return
	}
	t, rec, err := m.complete(ctx, tx, r.URL.Query())
	if err != nil {
		m.refuse(w, r, err)
		return
	}
	m.endPrevious(ctx, r)
	m.cookies.set(w, m.cookies.session, t.cookie(), 0)
	if m.cfg.OnLogin != nil {
		if err := m.cfg.OnLogin(ctx, &rec.Session); err != nil {
			m.log.ErrorContext(ctx, "login not recorded", "error", err)
		}
	}
	http.Redirect(w, r, tx.Return, http.StatusSeeOther)
}

// transactionOf takes the login that this browser started last, which is thereby used up. The answer to another, begun in
// another window, leaves it alone.
func (m *Manager) transactionOf(ctx context.Context, r *http.Request) (*transaction, error) {
	cookie, _ := m.cookies.read(r, m.cookies.login)
	tx, err := m.store.login(ctx, cookie)
	if err == nil {
		if err := checkState(tx, r.URL.Query()); err != nil {
			return nil, err
		}
		tx, err = m.store.takeLogin(ctx, cookie)
	}
	switch {
	case errors.Is(err, ErrNoSession):
		return nil, fail(CodeExpired, errors.New("no login under way"))
	case err != nil:
		return nil, fail(CodeUnavailable, err)
	}
	return tx, nil
}

// complete turns e-Signet's answer into a stored session.
func (m *Manager) complete(ctx context.Context, tx *transaction, answer url.Values) (ticket, *record, error) {
	if err := m.checkAnswer(answer); err != nil {
		return ticket{}, nil, err
	}
	md, err := m.provider.metadata(ctx)
	if err != nil {
		return ticket{}, nil, fail(CodeProviderUnavailable, err)
	}
	tokens, err := m.exchange(ctx, md, tx, answer.Get("code"))
	if err != nil {
		return ticket{}, nil, err
	}
	proof, err := m.verifyTokens(ctx, md, tokens, tx.Nonce)
	if err != nil {
		return ticket{}, nil, failCall(CodeTokenInvalid, err)
	}
	info, err := m.userInfo(ctx, md.userInfo, tokens.AccessToken, proof.subject)
	if err != nil {
		return ticket{}, nil, err
	}
	rec, err := m.newRecord(ctx, proof, info)
	if err != nil {
		return ticket{}, nil, err
	}
	if md.endSession != "" {
		rec.IDToken, _ = tokens.Extra("id_token").(string)
	}
	created := &created{ticket: newTicket(), record: rec, picture: info.picture, grant: m.newGrant(tokens, proof.subject)}
	if md.backchannel {
		created.sets = m.store.providerSets(m.cfg.TokenIssuer, proof.sid, proof.subject)
	}
	rec.Refreshable = created.grant != nil
	rec.Session.ID, rec.Session.ticket = created.ticket.hash(), created.ticket
	if err := m.store.create(ctx, created, m.cfg.Idle); err != nil {
		return ticket{}, nil, fail(CodeUnavailable, err)
	}
	return created.ticket, rec, nil
}

// checkState verifies that the answer is to our question.
func checkState(tx *transaction, answer url.Values) error {
	state := answer.Get("state")
	stateless := answer.Get("error") != "" && (state == "" || state == "null") // e-Signet's pages lose the state of an error
	if !stateless && subtle.ConstantTimeCompare([]byte(state), []byte(tx.State)) != 1 {
		return failf(CodeState, "state differs")
	}
	return nil
}

// checkAnswer verifies that the answer comes from our e-Signet (RFC 9207) and brings a code. e-Signet's wallet page sends
// no iss, so its absence is no error.
func (m *Manager) checkAnswer(answer url.Values) error {
	for _, name := range []string{"state", "code", "iss", "error"} {
		if len(answer[name]) > 1 {
			return failf(CodeProvider, "%s given more than once", name)
		}
	}
	refusal := answer.Get("error")
	if iss := answer.Get("iss"); iss != "" && iss != m.cfg.Issuer && iss != m.cfg.TokenIssuer {
		return failf(CodeProvider, "answer of another issuer")
	}
	switch {
	case refusal == "access_denied", refusal == "consent_details_rejected":
		return failf(CodeCancelled, "cancelled at e-Signet")
	case refusal == "transaction_timeout":
		return failf(CodeExpired, "timed out at e-Signet")
	case refusal != "":
		return failf(CodeProvider, "e-Signet answered with an error")
	case answer.Get("code") == "":
		return failf(CodeProvider, "neither code nor error")
	}
	return nil
}

// newRecord finds the resident behind the login.
func (m *Manager) newRecord(ctx context.Context, proof *proof, info *userInfo) (*record, error) {
	if info.individualID == "" {
		return nil, failf(CodeNoIndividualID, "UserInfo without individual_id")
	}
	uin, kind, err := m.cfg.Resolve(ctx, info.individualID)
	if errors.Is(err, ErrUnknownIndividual) {
		return nil, fail(CodeUnknownIndividual, err)
	}
	if err != nil {
		return nil, fail(CodeIdentityUnavailable, fmt.Errorf("resolve individual id: %w", err))
	}
	now := m.now()
	return &record{Session: Session{
		TokenID: m.cfg.TokenID(uin), UIN: uin, IndividualID: info.individualID, IDKind: kind,
		Scopes: proof.scopes, ACR: proof.acr, LoginMode: loginMode(proof.acr),
		Name: info.name, HasPicture: len(info.picture) > 0, PictureType: info.pictureType,
		AuthenticatedAt: proof.authenticatedAt, AccessTokenExpiresAt: proof.accessExpiry,
		CreatedAt: now, ExpiresAt: now.Add(m.cfg.Absolute), IdleAt: now.Add(m.cfg.Idle),
	}}, nil
}

// endPrevious ends the session that the browser had until now, and has what still comes with its cookie leave the new one
// alone.
func (m *Manager) endPrevious(ctx context.Context, r *http.Request) {
	value, _ := m.cookies.read(r, m.cookies.session)
	t, err := parseTicket(value)
	if err != nil {
		return
	}
	if err := m.store.replace(ctx, t.hash()); err != nil {
		m.log.ErrorContext(ctx, "previous cookie not noted", "error", err)
	}
	if _, err := m.Load(ctx, value); err != nil {
		return
	}
	if err := m.End(ctx, t.hash()); err != nil {
		m.log.ErrorContext(ctx, "previous session not ended", "error", err)
	}
}
