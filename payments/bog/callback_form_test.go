package bog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"dukani/payments/bog"
)

// The recorded callbacks have the form of real ones: compact UTF-8, without unnecessary escapes,
// with nulls, and with members in the bank's order. In another form the same message would have
// another signature.
func TestCallbackForm(t *testing.T) {
	t.Parallel()
	key := testKeys()[0]
	v := verifier(t, &key.PublicKey)
	order := "event request_time zoned_request_time body " +
		"order_id external_order_id client create_date zoned_create_date expire_date zoned_expire_date order_status buyer redirect_links " +
		"payment_detail actions disputes split discount lang reject_reason industry capture purchase_units"
	for _, file := range []string{"callback_paid.json", "callback_every_field.json"} {
		body := golden(t, file)
		signature := sign(t, key, body)
		if compact(t, body) != string(body) || bytes.Contains(body, []byte(`\u`)) || !bytes.Contains(body, []byte("null")) || !bytes.Contains(body, []byte("ნ")) {
			t.Errorf("%s is not in the form of a real callback", file)
		}
		if got := strings.Join(append(members(t, body), members(t, memberOf(t, body, "body"))...), " "); got != order {
			t.Errorf("%s: members\n%s\nwant\n%s", file, got, order)
		}
		c, err := bog.ParseCallback(body)
		if err != nil || !bytes.Equal(c.Raw, body) || !bytes.Equal(c.Receipt.Raw, memberOf(t, body, "body")) || v.Verify(c.Raw, signature) != nil {
			t.Errorf("%s: %+v, %v", file, c, err)
		}
		var escaped bytes.Buffer
		json.HTMLEscape(&escaped, body)
		for name, other := range map[string][]byte{
			"escaped for HTML":     escaped.Bytes(),
			"without nulls":        bytes.ReplaceAll(body, []byte(`"disputes":null,`), nil),
			"with slashes escaped": bytes.ReplaceAll(body, []byte("/"), []byte(`\/`)),
		} {
			if bytes.Equal(other, body) && !(name == "escaped for HTML" && file == "callback_paid.json") {
				t.Fatalf("%s, %s: there is nothing to change", file, name)
			}
			if err := v.Verify(other, signature); !bytes.Equal(other, body) && !errors.Is(err, bog.ErrSignatureMismatch) {
				t.Errorf("%s, %s: %v", file, name, err)
			}
		}
	}
}

// members lists the names in a JSON object in their order.
func members(t *testing.T, object []byte) (names []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
	}
	return names
}

func memberOf(t *testing.T, object []byte, name string) []byte {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(object, &all); err != nil {
		t.Fatal(err)
	}
	return all[name]
}
