package sandbox

// ClientSecret is the secret of any of the realm's clients, for tests that
// call as somebody else.
func ClientSecret(s *Sandbox, client string) string { return s.realm.secret(client) }
