package bog

import (
	"encoding/json"
	"reflect"
	"strings"
)

// salvage fills v with as much of raw as can be read, and leaves the rest zero:
// an object given as "", a number for a string, a date in a new form. It is for
// receipts that encoding/json refuses as a whole; a paid order must not become
// unreadable over a field that nobody needs.
func salvage(raw []byte, v reflect.Value) {
	whole := reflect.New(v.Type())
	if json.Unmarshal(raw, whole.Interface()) == nil {
		v.Set(whole.Elem())
		return
	}
	if _, own := whole.Interface().(json.Unmarshaler); own {
		return
	}
	switch v.Kind() {
	case reflect.String:
		var t Text
		if t.UnmarshalJSON(raw) == nil {
			v.SetString(string(t))
		}
	case reflect.Pointer:
		if raw[0] == '{' {
			v.Set(reflect.New(v.Type().Elem()))
			salvage(raw, v.Elem())
		}
	case reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) == nil && len(items) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
			for i, item := range items {
				salvage(item, v.Index(i))
			}
		}
	case reflect.Struct:
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			return
		}
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if member, ok := members[name]; ok && name != "-" {
				salvage(member, v.Field(i))
			}
		}
	}
}
