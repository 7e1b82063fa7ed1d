package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
)

const keyManagerBase = "/v1/keymanager"

// keyPolicies are the application ids Key Manager has a policy for.
var keyPolicies = []string{
	"RESIDENT", "REGISTRATION", "REGISTRATION_PROCESSOR", "ID_REPO", "IDA", "KERNEL", "PARTNER",
	"PRE_REGISTRATION", "DIGITAL_CARD", "COMPLIANCE_TOOLKIT", "OIDC_SERVICE", "ROOT",
}

// keyManager encrypts and signs under keys that follow from the seed, so that
// what one start encrypts the next can read.
type keyManager struct {
	seed   string
	tokens tokenSalts

	mu    sync.Mutex
	rings map[string]*signingRing // by application id
}

// cryptoRequest is request of encrypt and decrypt.
type cryptoRequest struct {
	ApplicationID string `json:"applicationId"`
	ReferenceID   string `json:"referenceId"`
	TimeStamp     string `json:"timeStamp"`
	Data          string `json:"data"`
	Salt          string `json:"salt"`
	AAD           string `json:"aad"`
}

// endpoints of Key Manager; every default role list names RESIDENT.
func (k *keyManager) endpoints() []endpoint {
	roles := []string{"RESIDENT", "ID_AUTHENTICATION", "REGISTRATION_PROCESSOR", "ID_REPOSITORY"}
	return []endpoint{
		{"keymanager", "POST " + keyManagerBase + "/encrypt", serviceToken, roles, k.encrypt},
		{"keymanager", "POST " + keyManagerBase + "/decrypt", serviceToken, roles, k.decrypt},
		{"keymanager", "POST " + keyManagerBase + "/jwtSign", serviceToken, roles, k.jwtSign},
		{"keymanager", "POST " + keyManagerBase + "/jwtVerify", serviceToken, roles, k.jwtVerify},
		{"keymanager", "POST " + keyManagerBase + "/pdf/sign", serviceToken, roles, k.pdfSign},
		{"keymanager", "GET " + keyManagerBase + "/getCertificate", serviceToken, roles, k.getCertificate},
		{"keymanager", "GET " + keyManagerBase + "/tokenid/{uin}/{partnercode}", serviceToken, roles, k.tokenID},
	}
}

var (
	unknownApplication = kernelError{"KER-KMS-002", "ApplicationId not found in Key Policy. Key/CSR generation not allowed."}
	notBase64          = kernelError{"KER-CRY-003", " input data is not base64 encoded"}
	notCipherText      = kernelError{"KER-CRY-003", "data sent to decrypt is without key splitter or invalid"}
	masterKey          = kernelError{"KER-CRY-011", "Not Allowed to preform encryption with Master Key. Use Base/Encrypt key to encrypt data."}
	decryptRefused     = kernelError{"KER-CRY-012", "Not Allowed to preform decryption for the provided application id and with authentication token"}
)

func (k *keyManager) encrypt(w http.ResponseWriter, r *http.Request) {
	k.crypto(w, r, func(c cryptoRequest, plain []byte) ([]byte, error) {
		if c.ReferenceID == "" || c.ApplicationID == "KERNEL" && c.ReferenceID == "SIGN" {
			return nil, masterKey
		}
		return k.seal(c, plain)
	})
}

func (k *keyManager) decrypt(w http.ResponseWriter, r *http.Request) { k.crypto(w, r, k.unseal) }

// crypto reads, checks and answers what encrypt and decrypt have in common.
func (k *keyManager) crypto(w http.ResponseWriter, r *http.Request, do func(cryptoRequest, []byte) ([]byte, error)) {
	var body keyRequest[cryptoRequest]
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, "null", "null", kernelError{"KER-KMS-005", err.Error()})
		return
	}
	c := body.Request
	var found []kernelError
	for _, field := range [][2]string{{"applicationId", c.ApplicationID}, {"timeStamp", c.TimeStamp}, {"data", c.Data}} {
		if strings.TrimSpace(field[1]) == "" {
			found = append(found, kernelError{"KER-KMS-005", field[0] + " must not be blank"})
		}
	}
	if _, readable := readTime(&c.TimeStamp); !readable && len(found) == 0 {
		found = append(found, kernelError{"KER-KMS-005", "timeStamp is not yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"})
	}
	input, err := decodeBase64(c.Data)
	if err != nil {
		found = append(found, notBase64)
	}
	if len(found) == 0 && !slices.Contains(keyPolicies, c.ApplicationID) {
		found = []kernelError{unknownApplication}
	}
	var output []byte
	if len(found) == 0 {
		if output, err = do(c, input); err != nil {
			found = []kernelError{keyError(err)}
		}
	}
	if len(found) > 0 {
		refuse(w, asText(body.ID), asText(body.Version), found...)
		return
	}
	succeedNull(w, body.ID, body.Version, map[string]string{"data": base64.RawURLEncoding.EncodeToString(output)})
}

// keyRequest keeps id and version as they came, to echo them.
type keyRequest[T any] struct {
	ID      json.RawMessage `json:"id"`
	Version json.RawMessage `json:"version"`
	Request T               `json:"request"`
}

// asText is how an error echoes id and version: null becomes the word, absent
// the empty text.
func asText(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }

// keyError maps whatever a key operation returned to what Key Manager sends.
func keyError(err error) kernelError {
	if known, ok := errors.AsType[kernelError](err); ok {
		return known
	}
	return kernelError{"KER-KMS-500", "Internal server error"}
}

// tokenID is the HTTP form of Key Manager's own algorithm.
func (k *keyManager) tokenID(w http.ResponseWriter, r *http.Request) {
	uin, code := strings.TrimSpace(r.PathValue("uin")), strings.TrimSpace(r.PathValue("partnercode"))
	if uin == "" || code == "" {
		refuse(w, nil, nil, kernelError{"KER-TIG-010", "UIN and partner code cannot be empty"})
		return
	}
	succeedNull(w, nil, nil, map[string]string{"tokenID": k.tokens.keyManagerTokenID(uin, code)})
}

// decodeBase64 tries the URL alphabet first, then the plain one, as Key
// Manager does, each with or without padding.
func decodeBase64(text string) ([]byte, error) {
	text = strings.TrimRight(text, "=")
	if b, err := base64.RawURLEncoding.DecodeString(text); err == nil {
		return b, nil
	}
	return base64.RawStdEncoding.DecodeString(text)
}
