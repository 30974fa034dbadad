package simulator_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"dukani/payments/simulator"
)

// The README has a line for every switch.
func TestReadmeExplainsEverySwitch(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	for _, of := range []struct {
		prefix string
		fields reflect.Type
	}{{"", reflect.TypeFor[simulator.Settings]()}, {"split.", reflect.TypeFor[simulator.SplitRules]()}} {
		for i := range of.fields.NumField() {
			name, _, _ := strings.Cut(of.fields.Field(i).Tag.Get("json"), ",")
			if name == "split" {
				continue // its switches follow below
			}
			if !strings.Contains(readme, "\n| `"+of.prefix+name+"` |") {
				t.Errorf("the setting %s%s has no line of its own", of.prefix, name)
			}
		}
	}
	// The payment page lists the modes of callbacks, the kinds of faults and the outcomes.
	w := start(t, &simulator.Bank{})
	p := newBrowser(t).get(w.page(w.create()))
	for _, testid := range []string{"sim-callback", "sim-fault", "sim-fault-route", "sim-later"} {
		for _, value := range choices(p, testid) {
			if value == "twice" || value == "retried" || value == "" || len(value) == 3 && strings.Trim(value, "0123456789") == "" {
				continue // the README gives codes as a range
			}
			if !strings.Contains(readme, "`"+value+"`") {
				t.Errorf("%s %q is not explained", testid, value)
			}
		}
	}
}
