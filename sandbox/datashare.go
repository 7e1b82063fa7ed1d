package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const dataShareBase = "/v1/datashare"

// share is one file at Data Share. The file itself is made when it is fetched.
type share struct {
	Key        string `json:"key"`
	Policy     string `json:"policyId"`
	Subscriber string `json:"subscriberId"`
	RequestID  string `json:"requestId"` // of the credential
	Card       bool   `json:"card"`      // its card, a PDF; else the credential itself
	Left       int    `json:"left"`      // how often it can still be fetched; -1: any number of times
}

// dataShares is Data Share.
type dataShares struct {
	state    *state
	settings *settings
	url      string // of the sandbox
	content  func(ctx context.Context, s share) ([]byte, error)
	sign     func(s signRequest) (string, error)

	mu    sync.Mutex
	byKey map[string]share
}

func openDataShares(ctx context.Context, s *state, settings *settings, url string) (*dataShares, error) {
	d := &dataShares{state: s, settings: settings, url: url, byKey: map[string]share{}}
	records, err := s.load(ctx, "datashare")
	if err != nil {
		return nil, err
	}
	for key, record := range records {
		var one share
		if err := json.Unmarshal(record, &one); err != nil {
			return nil, fmt.Errorf("read a data share: %w", err)
		}
		d.byKey[key] = one
	}
	return d, nil
}

// create shares a file and returns its URL, which is good for as many GETs as the settings say now.
func (d *dataShares) create(ctx context.Context, one share) (string, error) {
	random := make([]byte, 6)
	_, _ = rand.Read(random) // never fails
	one.Key = one.Subscriber + one.Policy + time.Now().UTC().Format("20060102150405") + base64.RawURLEncoding.EncodeToString(random)
	one.Left = d.settings.get().DataShareGets
	if err := d.state.save(ctx, "datashare", one.Key, one); err != nil {
		return "", err
	}
	d.mu.Lock()
	d.byKey[one.Key] = one
	d.mu.Unlock()
	return d.url + dataShareBase + "/get/" + one.Policy + "/" + one.Subscriber + "/" + one.Key, nil
}

// endpoints of Data Share; files are put in by the services of the sandbox themselves.
func (d *dataShares) endpoints() []endpoint {
	return []endpoint{{"datashare", "GET " + dataShareBase + "/get/{policy}/{subscriber}/{key}", serviceToken, nil, d.get}}
}

var (
	noFile       = kernelError{"DAT-SER-003", "File is not exists or File is empty"}
	shareSpent   = kernelError{"DAT-SER-006", "Data share usuage expired"}
	shareUnknown = kernelError{"DAT-SER-008", "Data share not found"}
)

// get answers the file itself, or HTTP 200 with a list of errors. Every file that goes out counts.
func (d *dataShares) get(w http.ResponseWriter, r *http.Request) {
	if d.settings.get().PDFAsJSON {
		refuseShare(w, noFile)
		return
	}
	one, err := d.take(r.Context(), r.PathValue("policy"), r.PathValue("subscriber"), r.PathValue("key"))
	if err != nil {
		refuseShare(w, keyError(err))
		return
	}
	content, err := d.content(r.Context(), one)
	if err != nil || len(content) == 0 {
		refuseShare(w, noFile)
		return
	}
	content = d.settings.get().spoil(content)
	digest := sha256.Sum256(content)
	signature, err := d.sign(signRequest{
		DataToSign:    base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"hash":"%x"}`, digest)),
		ApplicationID: "PARTNER", IncludeCertificate: true,
	})
	if err != nil {
		refuseShare(w, kernelError{"DAT-SER-005", "Failed to generate digital signature"})
		return
	}
	w.Header().Set("Signature", signature)
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(content)
}

// spoil does to a file what the settings say.
func (v settingValues) spoil(file []byte) []byte {
	if v.PDFCut {
		file = file[:len(file)/2]
	}
	return append(bytes.Clone(file), make([]byte, v.PDFPadMB<<20)...)
}

// take uses up one GET of a share.
func (d *dataShares) take(ctx context.Context, policy, subscriber, key string) (share, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	one, known := d.byKey[key]
	switch {
	case !known || one.Policy != policy || one.Subscriber != subscriber:
		return share{}, shareUnknown
	case one.Left == 0:
		return share{}, shareSpent
	case one.Left < 0:
		return one, nil
	}
	one.Left--
	if err := d.state.save(ctx, "datashare", key, one); err != nil {
		return share{}, err
	}
	d.byKey[key] = one
	return one, nil
}

// refuseShare answers in Data Share's own envelope.
func refuseShare(w http.ResponseWriter, e kernelError) {
	writeJSON(w, http.StatusOK, map[string]any{
		"id": "mosip.data.share", "version": "1.0", "responsetime": now(), "dataShare": nil, "errors": []kernelError{e},
	})
}
