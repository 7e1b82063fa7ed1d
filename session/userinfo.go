package session

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// userInfo is what e-Signet says about the resident; everything but the subject depends on consent.
type userInfo struct {
	individualID, name string
	picture            []byte
	pictureType        string
}

// userInfoSource is a UserInfo endpoint and what its answers must say.
type userInfoSource struct {
	address  string
	verifier *oidc.IDTokenVerifier // signature alone: IDA puts neither iss nor exp into UserInfo
	issuers  []string
	audience string
}

// userInfo asks once, with the access token, and takes only what is signed and about subject (OIDC Core 5.3.2).
func (m *Manager) userInfo(ctx context.Context, from *userInfoSource, accessToken, subject string) (*userInfo, error) {
	mediaType, body, err := m.fetchUserInfo(ctx, from.address, accessToken)
	if err != nil {
		return nil, failCall(CodeProvider, fmt.Errorf("userinfo: %w", err))
	}
	payload, err := m.openUserInfo(ctx, from, mediaType, body)
	if err != nil {
		return nil, failCall(CodeUserInfoInvalid, fmt.Errorf("userinfo: %w", err))
	}
	info, err := m.readUserInfo(payload, subject)
	if err != nil {
		return nil, fail(CodeUserInfoInvalid, fmt.Errorf("userinfo: %w", err))
	}
	return info, nil
}

func (m *Manager) fetchUserInfo(ctx context.Context, address, accessToken string) (mediaType, body string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil) //nolint:gosec // discovered or configured
	if err != nil {
		return "", "", err
	}
	request.Header.Set("Authorization", "Bearer "+accessToken)
	request.Header.Set("Accept", "application/jwt")
	if m.cfg.UserInfoJSON {
		request.Header.Add("Accept", "application/json")
	}
	response, err := m.provider.http.client.Do(request) //nolint:gosec // discovered or configured
	if err != nil {
		return "", "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", "", unexpectedStatus(response.StatusCode)
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return "", "", err
	}
	mediaType, _, err = mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil {
		return "", "", errors.New("no media type")
	}
	return mediaType, strings.TrimSpace(string(raw)), nil
}

// openUserInfo returns the claims of a JWS, of a JWS inside a JWE, or of plain JSON where that is configured.
func (m *Manager) openUserInfo(ctx context.Context, from *userInfoSource, mediaType, body string) ([]byte, error) {
	if mediaType == "application/json" && m.cfg.UserInfoJSON {
		return []byte(body), nil
	}
	if mediaType != "application/jwt" {
		return nil, errors.New("unexpected media type")
	}
	if strings.Count(body, ".") == 4 {
		inner, err := m.client.open(body)
		if err != nil {
			return nil, err
		}
		body = inner
	}
	token, err := verify(ctx, from.verifier, body)
	if err != nil {
		return nil, err
	}
	if token.Issuer != "" && !slices.Contains(from.issuers, token.Issuer) {
		return nil, errors.New("issued by another provider")
	}
	if len(token.Audience) > 0 && !slices.Contains(token.Audience, from.audience) {
		return nil, errors.New("issued for another audience")
	}
	if !token.Expiry.IsZero() && token.Expiry.Before(m.now()) {
		return nil, errors.New("expired")
	}
	var payload json.RawMessage
	if err := token.Claims(&payload); err != nil {
		return nil, err
	}
	return payload, nil
}

// open decrypts a JWE (contract: RSA-OAEP-256 with A256GCM; others that are as safe are taken too).
func (c *client) open(token string) (string, error) {
	if c.decrypt == nil {
		return "", errors.New("encrypted, and no decryption key is configured")
	}
	jwe, err := jose.ParseEncryptedCompact(token,
		[]jose.KeyAlgorithm{jose.RSA_OAEP_256, jose.RSA_OAEP, jose.ECDH_ES, jose.ECDH_ES_A256KW},
		[]jose.ContentEncryption{jose.A256GCM, jose.A128GCM, jose.A256CBC_HS512, jose.A128CBC_HS256})
	if err != nil {
		return "", errors.New("unreadable JWE")
	}
	plain, err := jwe.Decrypt(c.decrypt)
	if err != nil {
		return "", errors.New("not encrypted for this client")
	}
	return string(plain), nil
}

func (m *Manager) readUserInfo(payload []byte, subject string) (*userInfo, error) {
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, errors.New("claims are not a JSON object")
	}
	if sub, _ := claims["sub"].(string); sub == "" || sub != subject {
		return nil, errors.New("sub differs from the id token's")
	}
	info := &userInfo{name: nameOf(claims)}
	info.individualID, _ = claims["individual_id"].(string)
	picture, _ := claims["picture"].(string)
	info.picture, info.pictureType = decodePicture(picture)
	return info, nil
}

// nameOf is the name, in the first of its languages when there are several (name#ar, name#en).
func nameOf(claims map[string]any) string {
	if name, ok := claims["name"].(string); ok {
		return name
	}
	for _, key := range slices.Sorted(maps.Keys(claims)) {
		if name, ok := claims[key].(string); ok && strings.HasPrefix(key, "name#") {
			return name
		}
	}
	return ""
}

// decodePicture reads a data URL with an image that every browser shows. Anything else counts as no picture: it
// must not stop a login.
func decodePicture(address string) (data []byte, mediaType string) {
	head, encoded, found := strings.Cut(address, ";base64,")
	mediaType, isData := strings.CutPrefix(head, "data:")
	if !found || !isData || !slices.Contains([]string{"image/jpeg", "image/png", "image/webp"}, mediaType) {
		return nil, ""
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(data) == 0 {
		return nil, ""
	}
	return data, mediaType
}
