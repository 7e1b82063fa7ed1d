package sandbox_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/sandbox"
)

// templateCodes are those of every request type, status and label.
func templateCodes() []string {
	codes := strings.Fields(`receive-otp receive-otp-mail-subject receive-otp-mail-content
		update-demo-data-regproc-success_SMS update-demo-data-regproc-success-email-subject
		update-demo-data-regproc-success-email-content update-demo-data-regproc-success-purpose
		update-demo-data-regproc-success-summary update-demo-data-regproc-failure_SMS
		update-demo-data-regproc-failure-email-subject update-demo-data-regproc-failure-email-content
		update-demo-data-discarded-SMS update-demo-data-discarded-email-subject
		update-demo-data-discarded-email-content update-demo-data-cancelled-purpose
		update-demo-data-cancelled-summary vid-card-download-positive-summary
		authentication-request-positive-purpose authentication-request-positive-summary
		authentication-request-negative-purpose acknowledgement-manage-my-vid acknowledgment-get-my-id
		RS_VIN_GEN_SUCCESS_SMS RS_CRE_STATUS_EMAIL RS_CRE_CANCEL_SUCCESS_EMAIL_SUB mosip.template.UNKNOWN
		service-history-type mosip.otp-email.template.property mosip.revoked.template.property`)
	codes = append(codes, "order-a-physical-card-positive purpose", "order-a-physical-card-negative purpose")
	for _, service := range strings.Fields(`cust-and-down-my-card order-a-physical-card share-cred-with-partner
		lock-unlock-auth update-demo-data gen-or-revoke-vid vid-card-download get-my-uin-card verify-my-phone-email`) {
		for _, status := range strings.Fields("request-received success failure") {
			for _, end := range strings.Fields("_SMS -email-subject -email-content") {
				codes = append(codes, service+"-"+status+end)
			}
		}
		if service != "order-a-physical-card" {
			codes = append(codes, service+"-positive-purpose", service+"-negative-purpose")
		}
		if service != "vid-card-download" {
			codes = append(codes, service+"-success-summary")
		}
	}
	for _, event := range strings.Fields(`AUTHENTICATION_REQUEST SHARE_CRED_WITH_PARTNER DOWNLOAD_PERSONALIZED_CARD
		ORDER_PHYSICAL_CARD GET_MY_ID UPDATE_MY_UIN GENERATE_VID REVOKE_VID AUTH_TYPE_LOCK_UNLOCK VID_CARD_DOWNLOAD
		SEND_OTP VALIDATE_OTP DEFAULT`) {
		codes = append(codes, "mosip.event.type."+event)
	}
	for _, status := range strings.Fields("success failed inprogress cancelled") {
		codes = append(codes, "mosip.event.status."+status+".template")
	}
	for _, mode := range strings.Fields("OTP-AUTH DEMO-AUTH FINGERPRINT-AUTH IRIS-AUTH FACE-AUTH KYC-AUTH TOKEN-AUTH") {
		codes = append(codes, "mosip.ida.auth-request."+mode+".Y.descr", "mosip.ida.auth-request."+mode+".N.descr")
	}
	return append(codes, "mosip.auth-type-code.OTP", "mosip.service.type.ASYNC")
}

func TestTemplates(t *testing.T) {
	c := start(t, sandbox.Options{})
	for _, code := range templateCodes() {
		seen := map[string]bool{}
		for _, language := range strings.Fields("eng fra ara hin tam") {
			var found struct {
				Templates []struct{ FileText, TemplateTypeCode string }
			}
			c.into(c.get("/v1/masterdata/templates/"+language+"/"+url.PathEscape(code)), &found)
			text := found.Templates[0].FileText
			if found.Templates[0].TemplateTypeCode != code || strings.ContainsAny(text, "{}") {
				t.Errorf("%s %s: %q", language, code, text)
			}
			seen[text] = true
		}
		if len(seen) < 3 && !strings.HasPrefix(code, "lock-unlock-auth") {
			t.Errorf("%s says the same in different languages: %v", code, seen)
		}
	}
	for _, path := range []string{"eng/no-such-code", "deu/receive-otp", "eng/order-a-physical-card-positive-purpose"} {
		if a := c.get("/v1/masterdata/templates/" + path); a.codes() != "KER-MSD-046" {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

func TestDynamicFields(t *testing.T) {
	c := start(t, sandbox.Options{})
	var field struct {
		Values []struct{ Code, Value string }
	}
	c.into(c.get("/v1/masterdata/dynamicfields/gender/fra?withValue=true"), &field)
	if len(field.Values) != 3 || field.Values[0].Value != "Masculin" {
		t.Errorf("got %+v", field)
	}
	c.into(c.get("/v1/masterdata/dynamicfields/gender/fra"), &field)
	if field.Values != nil {
		t.Errorf("without withValue: %+v", field)
	}
	if a := c.get("/v1/masterdata/dynamicfields/colour/fra"); a.codes() != "KER-SCH-003" {
		t.Error(a.body)
	}
	if a := c.get("/v1/masterdata/dynamicfields/colour"); string(a.Response) != "[]" {
		t.Error(a.body)
	}
}
