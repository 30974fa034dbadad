package bog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// salvage decodes raw into v as far as possible. A member of another form than expected, such
// as "" for an object or a date in a new form, stays zero. It is for receipts that
// encoding/json refuses as a whole: a paid order must not become unreadable because of a
// field that nobody needs.
func salvage(raw []byte, v reflect.Value) {
	whole := reflect.New(v.Type())
	whole.Elem().Set(v) // a member that comes twice is merged, as in encoding/json
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
		object := json.NewDecoder(bytes.NewReader(raw))
		if open, err := object.Token(); err != nil || open != json.Delim('{') {
			return
		}
		for object.More() {
			name, err := object.Token()
			var member json.RawMessage
			if err != nil || object.Decode(&member) != nil {
				return
			}
			if field := fieldOf(v, fmt.Sprint(name)); field.IsValid() && !isNull(member) {
				salvage(member, field)
			}
		}
	}
}

// fieldOf returns the field that encoding/json puts a member into: the field with exactly
// that name, else one whose name differs only in upper and lower case.
func fieldOf(v reflect.Value, name string) (found reflect.Value) {
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		switch {
		case tag == "-":
		case tag == name:
			return v.Field(i)
		case !found.IsValid() && strings.EqualFold(tag, name):
			found = v.Field(i)
		}
	}
	return found
}
