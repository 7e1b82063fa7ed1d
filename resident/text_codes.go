package resident

import (
	"maps"
	"slices"

	"github.com/resident-graph/resident-graph/store"
)

// textNames are the stems of Master Data's template codes, per request type.
var textNames = map[store.RequestType]string{
	store.AuthenticationRequest:    "authentication-request",
	store.ShareCredWithPartner:     "share-cred-with-partner",
	store.DownloadPersonalizedCard: "cust-and-down-my-card",
	store.OrderPhysicalCard:        "order-a-physical-card",
	store.GetMyID:                  "get-my-uin-card",
	store.UpdateMyUIN:              "update-demo-data",
	store.GenerateVid:              "gen-or-revoke-vid",
	store.RevokeVid:                "gen-or-revoke-vid",
	store.AuthTypeLockUnlock:       "lock-unlock-auth",
	store.VidCardDownload:          "vid-card-download",
	store.ValidateOTP:              "verify-my-phone-email",
}

// authTypeCodes are IDA's ways of authenticating, as its events name them.
var authTypeCodes = []string{"OTP-REQUEST", "OTP-AUTH", "DEMO-AUTH", "FINGERPRINT-AUTH", "IRIS-AUTH", "FACE-AUTH",
	"STATIC-PIN-AUTH", "STATIC-PIN-STORAGE", "EKYC-AUTH", "KYC-AUTH", "KYC-EXCHANGE", "IDENTITY-KEY-BINDING",
	"TOKEN-REQUEST", "TOKEN-AUTH", "UNKNOWN"}

// lockWords are the template codes of what a lock event names.
var lockWords = map[string]string{
	"OTP_EMAIL": "mosip.otp-email.template.property", "OTP_PHONE": "mosip.otp-phone.template.property",
	"DEMO": "mosip.demo.template.property", "BIO_FINGER": "mosip.bio-finger.template.property",
	"BIO_IRIS": "mosip.bio-iris.template.property", "BIO_FACE": "mosip.bio-face.template.property",
}

func purposeCode(t store.RequestType, good bool) string {
	mood, gap := "-negative", "-"
	if good {
		mood = "-positive"
	}
	if t == store.OrderPhysicalCard {
		gap = " " // these two codes are spelt so in Master Data
	}
	return textNames[t] + mood + gap + "purpose"
}

func summaryCode(t store.RequestType) string {
	if t == store.VidCardDownload || t == store.AuthenticationRequest {
		return textNames[t] + "-positive-summary"
	}
	return textNames[t] + "-success-summary"
}

func typeCode(t store.RequestType) string { return "mosip.event.type." + string(t) }

func statusCode(s store.EventStatus) string {
	word := map[store.EventStatus]string{store.InProgress: "inprogress", store.Success: "success",
		store.Failed: "failed", store.Canceled: "cancelled"}[s]
	return "mosip.event.status." + word + ".template"
}

// loginModes are the ways of signing in, as amr-acr-mapping.json names them.
var loginModes = []string{"OTP", "PWD", "PIN", "Wallet", "L1-bio-device"}

func loginModeCode(mode string) string { return "mosip.auth-type-code." + mode }

// channelWords are the template codes of what a verification names.
var channelWords = map[string]string{
	"PHONE": "mosip.phone.template.property", "EMAIL": "mosip.email.template.property",
}

func authCode(code string, good bool) string {
	if good {
		return "mosip.ida.auth-request." + code + ".Y.descr"
	}
	return "mosip.ida.auth-request." + code + ".N.descr"
}

// textCodes lists the template codes that the texts of events are made of.
func textCodes() []string {
	var codes []string
	for t := range machines {
		codes = append(codes, typeCode(t))
	}
	for t := range textNames {
		codes = append(codes, purposeCode(t, true), purposeCode(t, false), summaryCode(t))
	}
	for _, s := range []store.EventStatus{store.InProgress, store.Success, store.Failed, store.Canceled} {
		codes = append(codes, statusCode(s))
	}
	for _, code := range authTypeCodes {
		codes = append(codes, authCode(code, true), authCode(code, false), loginModeCode(code))
	}
	for _, mode := range loginModes {
		codes = append(codes, loginModeCode(mode))
	}
	codes = slices.AppendSeq(codes, maps.Values(lockWords))
	codes = slices.AppendSeq(codes, maps.Values(channelWords))
	codes = append(codes, "update-demo-data-regproc-success-purpose", "update-demo-data-regproc-success-summary",
		"update-demo-data-cancelled-purpose", "update-demo-data-cancelled-summary",
		"mosip.locked.template.property", "mosip.unlocked.template.property",
		"mosip.generated.template.property", "mosip.revoked.template.property")
	slices.Sort(codes)
	return slices.Compact(codes)
}
