package simulator

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
)

// toXML turns a JSON answer into the XML that the bank sends to clients that do not ask
// for JSON. Of the bank's XML only the name of the outer element is known.
func toXML(body []byte) []byte {
	if len(body) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return body
	}
	var out bytes.Buffer
	writeXML(&out, "EntityModel", value)
	return out.Bytes()
}

func writeXML(out *bytes.Buffer, name string, value any) {
	fmt.Fprintf(out, "<%s>", name)
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			writeXML(out, key, v[key])
		}
	case []any:
		for _, one := range v {
			writeXML(out, name, one)
		}
	case nil:
	default:
		_ = xml.EscapeText(out, fmt.Append(nil, v)) // a buffer does not fail
	}
	fmt.Fprintf(out, "</%s>", name)
}
