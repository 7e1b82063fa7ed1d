package live

import "strings"

const blank = " \t"

// link is a target and its relations, in lower case.
type link struct {
	target string
	rels   []string
}

// linkHeaders returns the links of Link header fields (RFC 8288 §3). What is not well-formed ends its field. A link with
// an anchor speaks of another page and is left out.
func linkHeaders(fields []string) (links []link) {
	for _, field := range fields {
		for rest := strings.TrimLeft(field, blank+","); strings.HasPrefix(rest, "<"); {
			target, after, closed := strings.Cut(rest[1:], ">")
			if !closed {
				break
			}
			parameters, after := linkParameters(after)
			if _, elsewhere := parameters["anchor"]; !elsewhere {
				links = append(links, link{strings.TrimSpace(target), relations(parameters["rel"])})
			}
			if !strings.HasPrefix(after, ",") {
				break
			}
			rest = strings.TrimLeft(after, blank+",")
		}
	}
	return links
}

// linkParameters reads the parameters at the beginning of text, each by its first occurrence, and returns what follows.
func linkParameters(text string) (parameters map[string]string, rest string) {
	parameters, rest = map[string]string{}, strings.TrimLeft(text, blank)
	for strings.HasPrefix(rest, ";") {
		rest = strings.TrimLeft(rest, blank+";")
		end := strings.IndexAny(rest+",", "=;,")
		name, value := strings.ToLower(strings.Trim(rest[:end], blank)), ""
		if rest = rest[end:]; strings.HasPrefix(rest, "=") {
			value, rest = parameterValue(strings.TrimLeft(rest[1:], blank))
		}
		if _, known := parameters[name]; !known {
			parameters[name] = value
		}
	}
	return parameters, rest
}

// parameterValue reads a token or a quoted string, and returns what follows without white space.
func parameterValue(text string) (value, rest string) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text+",", ";,")
		return strings.Trim(text[:end], blank), text[end:]
	}
	var unquoted strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return unquoted.String(), strings.TrimLeft(text[i+1:], blank)
		case c == '\\' && i+1 < len(text):
			i++
			unquoted.WriteByte(text[i])
		default:
			unquoted.WriteByte(c)
		}
	}
	return unquoted.String(), ""
}

// relations splits the value of rel, which names several relations at once.
func relations(rel string) []string { return strings.Fields(strings.ToLower(rel)) }
