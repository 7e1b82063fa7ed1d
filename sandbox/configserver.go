package sandbox

import "net/http"

// configServerEndpoints serve the files of MOSIP's configuration server, byte
// for byte and to everybody, as it does.
func configServerEndpoints() []endpoint {
	var list []endpoint
	for _, name := range []string{
		"mosip-vid-policy.json", "identity-mapping.json", "amr-acr-mapping.json", "resident-ui-personalized-card-schema.json",
		"resident-ui-share-credential-schema.json", "resident-ui-update-demographics-schema.json",
	} {
		list = append(list, endpoint{"configserver", "GET /config/" + name, open, nil, serveFile(name)})
	}
	return list
}

func serveFile(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content, err := data.ReadFile("data/" + name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(content)
	}
}
