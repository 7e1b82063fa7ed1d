package sandbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/google/uuid"
)

const masterDataBase = "/v1/masterdata"

// masterData is kernel-masterdata: texts and code lists.
type masterData struct {
	templates map[string]texts // by template type code
	fields    []row            // dynamic fields: name, code, value
}

func newMasterData() (*masterData, error) {
	templates, err := readTemplates()
	if err != nil {
		return nil, err
	}
	fields, err := table("fields.tsv", 2)
	return &masterData{templates: templates, fields: fields}, err
}

// endpoints of master data, most of which any valid token may read.
func (m *masterData) endpoints() []endpoint {
	return []endpoint{
		{"masterdata", "GET " + masterDataBase + "/templates/{langcode}/{templatetypecode}", serviceToken, nil, m.template},
		{"masterdata", "GET " + masterDataBase + "/dynamicfields/{fieldName}", serviceToken, nil, m.dynamicField},
		{"masterdata", "GET " + masterDataBase + "/dynamicfields/{fieldName}/{langcode}", serviceToken, nil, m.dynamicFieldIn},
		{"masterdata", "GET " + masterDataBase + "/idschema/latest", serviceToken,
			[]string{"RESIDENT", "REGISTRATION_PROCESSOR", "REGISTRATION_OFFICER", "ID_REPOSITORY"}, m.idSchema},
	}
}

func (m *masterData) template(w http.ResponseWriter, r *http.Request) {
	language, code := r.PathValue("langcode"), r.PathValue("templatetypecode")
	text, found := m.templates[code].in(language)
	if !found || text == "" {
		refuse(w, nil, nil, kernelError{"KER-MSD-046", "Template not found."})
		return
	}
	succeedNull(w, nil, nil, map[string]any{"templates": []map[string]any{{
		"id": uuid.NewSHA1(uuid.NameSpaceURL, []byte(language+" "+code)).String(), "name": code, "description": code,
		"fileFormatCode": "txt", "model": "velocity", "fileText": text, "moduleId": "10006",
		"moduleName": "Resident Services", "templateTypeCode": code, "langCode": language, "isActive": true,
	}}})
}

// codeValue is one value of a code list.
type codeValue struct {
	Code  string `json:"code"`
	Value string `json:"value"`
}

// values of a dynamic field in a language; nil for a field nobody has.
func (m *masterData) values(field, language string) []codeValue {
	var list []codeValue
	for _, row := range m.fields {
		if value, spoken := row.texts.in(language); row.kind == field && spoken {
			list = append(list, codeValue{row.key, value})
		}
	}
	return list
}

func (m *masterData) dynamicFieldIn(w http.ResponseWriter, r *http.Request) {
	field := r.PathValue("fieldName")
	values := m.values(field, r.PathValue("langcode"))
	if values == nil {
		refuse(w, nil, nil, kernelError{"KER-SCH-003", "Dynamic field not found"})
		return
	}
	if r.URL.Query().Get("withValue") != "true" {
		values = nil
	}
	succeedNull(w, nil, nil, map[string]any{"name": field, "description": field, "values": values})
}

// dynamicField lists a field in every language; an unknown one is empty, not
// an error.
func (m *masterData) dynamicField(w http.ResponseWriter, r *http.Request) {
	field := r.PathValue("fieldName")
	list := []map[string]any{}
	for _, language := range slices.SortedFunc(slices.Values(languages[:]), cmp.Compare) {
		for _, value := range m.values(field, language) {
			list = append(list, map[string]any{
				"id":   uuid.NewSHA1(uuid.NameSpaceURL, []byte(field+language+value.Code)).String(),
				"name": field, "langCode": language, "dataType": "string", "description": field,
				"fieldVal": []codeValue{value}, "isActive": true, "createdBy": "superadmin", "updatedBy": nil,
				"createdOn": certificateFrom.Format(wireTime), "updatedOn": nil,
			})
		}
	}
	succeedNull(w, nil, nil, list)
}

// idSchema answers the one schema there is, as JSON inside a text; version 0 asks for the newest.
func (m *masterData) idSchema(w http.ResponseWriter, r *http.Request) {
	const version = "0.1"
	schema, err := data.ReadFile("data/id-schema.json")
	if asked := r.URL.Query().Get("schemaVersion"); err != nil || asked != "" && asked != "0" && asked != version {
		refuse(w, nil, nil, kernelError{"KER-SCH-007", "Identity schema not found"})
		return
	}
	succeedNull(w, nil, nil, map[string]any{
		"id": uuid.NewSHA1(uuid.NameSpaceURL, schema).String(), "idVersion": json.Number(version), "title": "Sandbox identity",
		"description": "Sandbox identity schema", "schemaJson": string(schema), "status": "PUBLISHED",
		"effectiveFrom": certificateFrom.Format(wireTime), "createdBy": "superadmin", "updatedBy": nil,
		"createdOn": certificateFrom.Format(wireTime), "updatedOn": nil,
	})
}
