package session

// loginMode is MOSIP's name of an authentication context, as its amr-acr-mapping.json has it and as it stands in
// the service history; a context without a name, or a list of several, stands for itself.
func loginMode(acr string) string {
	switch acr {
	case "mosip:idp:acr:password":
		return "PWD"
	case "mosip:idp:acr:static-code":
		return "PIN"
	case "mosip:idp:acr:generated-code":
		return "OTP"
	case "mosip:idp:acr:linked-wallet":
		return "Wallet"
	case "mosip:idp:acr:biometrics":
		return "L1-bio-device"
	}
	return acr
}
