package resident

import (
	"slices"

	"github.com/resident-graph/resident-graph/store"
)

// ServiceType is a group of the service history.
type ServiceType string

// The groups of the service history.
const (
	Authentications      ServiceType = "AUTHENTICATION_REQUEST"
	ServiceRequests      ServiceType = "SERVICE_REQUEST"
	DataUpdateRequests   ServiceType = "DATA_UPDATE_REQUEST"
	IDManagementRequests ServiceType = "ID_MANAGEMENT_REQUEST"
	DataShareRequests    ServiceType = "DATA_SHARE_REQUEST"
)

// machine is how one type of event moves: the upstream's words for each state, in their order. An event moves only to
// a word of a later step, and from a final state only along the success words that follow it.
type machine struct {
	serviceType ServiceType
	// access is how such an event uses the identity; "" for one that does not.
	access AccessKind
	// async events move by themselves: they begin unread, and their news ring the bell.
	async      bool
	start      string
	inProgress []string
	// news are the words among inProgress that ring the bell too, for async events.
	news     []string
	success  []string
	failed   []string
	canceled []string
}

// machines is the state table, one entry per request type. The words are MOSIP's status codes.
var machines = map[store.RequestType]machine{
	store.AuthenticationRequest: {serviceType: Authentications, access: AccessAuthentication,
		success: []string{"AUTHENTICATION_SUCCESSFUL", "Y"}, failed: []string{"AUTHENTICATION_FAILED", "N"}},
	store.DownloadPersonalizedCard: {serviceType: ServiceRequests, access: AccessCard, start: "NEW",
		success: []string{"CARD_DOWNLOADED"}, failed: []string{"FAILED"}},
	store.GetMyID: {serviceType: ServiceRequests, access: AccessCard, start: "NEW", inProgress: []string{"OTP_REQUESTED"},
		success: []string{"OTP_VERIFIED", "STORED", cardDownloaded}, failed: []string{"FAILED"}},
	store.GenerateVid: {serviceType: IDManagementRequests, start: "NEW", inProgress: []string{Unknown},
		success: []string{"VID_GENERATED"}, failed: []string{"FAILED"}},
	store.RevokeVid: {serviceType: IDManagementRequests, start: "NEW", inProgress: []string{Unknown},
		success: []string{"VID_REVOKED"}, failed: []string{"FAILED"}},
	store.ValidateOTP: {serviceType: IDManagementRequests, start: "OTP_REQUESTED",
		success: []string{"OTP_VERIFIED"}, failed: []string{"OTP_VERIFICATION_FAILED"}},
	store.AuthTypeLockUnlock: {serviceType: IDManagementRequests, async: true, start: "NEW",
		inProgress: []string{Unknown}, success: []string{"COMPLETED"}, failed: []string{"FAILED"}},
	store.ShareCredWithPartner: {serviceType: DataShareRequests, access: AccessShare, async: true, start: "NEW",
		inProgress: []string{Unknown, "ISSUED"}, success: []string{handedOver, "RECEIVED", "DATA_SHARED_SUCCESSFULLY", "STORED"},
		failed: []string{"FAILED"}, canceled: []string{canceledWord}},
	store.VidCardDownload: {serviceType: ServiceRequests, access: AccessCard, async: true, start: "NEW", inProgress: []string{Unknown, "ISSUED"},
		success: []string{"STORED", cardReady, cardDownloaded}, failed: []string{"FAILED"}},
	store.OrderPhysicalCard: {serviceType: ServiceRequests, access: AccessCard, async: true, start: "NEW",
		inProgress: []string{"PAYMENT_CONFIRMED", "ISSUED", "PRINTING", "IN_TRANSIT"},
		news:       []string{"PAYMENT_CONFIRMED", "ISSUED", "PRINTING", "IN_TRANSIT"},
		success:    []string{"CARD_DELIVERED"}, failed: []string{"FAILED", "PAYMENT_FAILED"}},
	store.UpdateMyUIN: {serviceType: DataUpdateRequests, async: true, start: "NEW",
		inProgress: []string{"PROCESSING", "PAUSED", "RESUMABLE", "REPROCESS", "PAUSED_FOR_ADDITIONAL_INFO", identityUpdated},
		news:       []string{identityUpdated},
		success:    []string{"PROCESSED", "DATA_UPDATED", "STORED", "CARD_READY_TO_DOWNLOAD", "CARD_DOWNLOADED"},
		failed:     []string{"FAILED", "REJECTED", "REPROCESS_FAILED"}, canceled: []string{"CANCELED"}},
	store.SendOTP: {start: "OTP_REQUESTED", success: []string{"OTP_VERIFIED"}, failed: []string{"FAILED"}},
	store.Default: {start: "NEW"},
}

// Unknown is the word for an event of which it is not known what upstream did.
const Unknown = "UNKNOWN"

// handedOver is the word for a share that was issued and of which the partner says nothing.
const handedOver = "HANDED_OVER"

// canceledWord is the word for what the resident called off.
const canceledWord = "CANCELED"

// rings says whether news of this kind make an event unread.
func (m machine) rings(word string, to store.EventStatus) bool {
	return m.async && (to != store.InProgress || slices.Contains(m.news, word))
}

// steps lists the words of a machine in their order.
func (m machine) steps() []string {
	return slices.Concat([]string{m.start}, m.inProgress, m.success)
}

// status answers what a word means; false for a word that the type does not have.
func (m machine) status(word string) (store.EventStatus, bool) {
	switch {
	case slices.Contains(m.success, word):
		return store.Success, true
	case slices.Contains(m.failed, word):
		return store.Failed, true
	case slices.Contains(m.canceled, word):
		return store.Canceled, true
	case word == m.start || slices.Contains(m.inProgress, word):
		return store.InProgress, true
	}
	return "", false
}

// forward answers the status to which an event moves with a word, and whether it moves at all: words that are unknown,
// the same, earlier, or come after the end leave an event as it is.
func forward(e *store.Event, word string) (store.EventStatus, bool) {
	m := machines[e.RequestType]
	to, known := m.status(word)
	if !known || word == e.StatusDetail {
		return "", false
	}
	switch e.Status {
	case store.InProgress:
		if to != store.InProgress {
			return to, true
		}
	case store.Success:
		if to != store.Success {
			return "", false
		}
	default:
		return "", false
	}
	steps := m.steps()
	return to, slices.Index(steps, word) > slices.Index(steps, e.StatusDetail)
}

// ServiceTypeOf answers the group of an event, nil for one that is in none.
func ServiceTypeOf(t store.RequestType) *ServiceType {
	if m := machines[t]; m.serviceType != "" {
		return &m.serviceType
	}
	return nil
}

// typesWhere lists the request types whose machine is wanted, in a fixed order.
func typesWhere(wanted func(machine) bool) []store.RequestType {
	var types []store.RequestType
	for t, m := range machines {
		if wanted(m) {
			types = append(types, t)
		}
	}
	slices.Sort(types)
	return types
}

// allStatuses are the states of events.
var allStatuses = []store.EventStatus{store.InProgress, store.Success, store.Failed, store.Canceled}

// listedTypes are those of the service history: all that are in a group.
var listedTypes = typesWhere(func(m machine) bool { return m.serviceType != "" })
