package apitest

import (
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func TestTheDescriptionIsOpenAPI(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// The examples are held against the schemas below, by the rules of 3.1.
	if err := doc.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("version %s", doc.OpenAPI)
	}
}

func TestTheDescriptionHasTheCallsOfTheBankAndNoOthers(t *testing.T) {
	t.Parallel()
	want := `chargeSavedCard POST /payments/v1/ecommerce/orders/x/subscribe
completeApplePay POST /payments/v1/ecommerce/orders/x/payment
createOrder POST /payments/v1/ecommerce/orders
createToken POST /auth/realms/bog/protocol/openid-connect/token
forgetCard DELETE /payments/v1/charges/card/x
getReceipt GET /payments/v1/receipt/x
payWithSavedCard POST /payments/v1/ecommerce/orders/x
refund POST /payments/v1/payment/refund/x
saveCard PUT /payments/v1/orders/x/cards
saveSubscription PUT /payments/v1/orders/x/subscriptions
approveHold POST /payments/v1/payment/authorization/approve/x
cancelHold POST /payments/v1/payment/authorization/cancel/x`
	d := describe(t, false)
	lines := strings.Split(want, "\n")
	for _, line := range lines {
		f := strings.Fields(line)
		if op := d.match(f[1], f[2]); op == nil || op.id != f[0] {
			t.Errorf("%s: found %v", line, op)
		}
	}
	if len(d.operations) != len(lines)+1 { // and the callback
		t.Errorf("%d operations, want %d", len(d.operations), len(lines)+1)
	}
}

func TestTheExamplesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	d := describe(t, false)
	found := 0
	var walk func(at string, n any)
	walk = func(at string, n any) {
		in, is := n.(node)
		if !is {
			return
		}
		_, hasSchema := in["schema"]
		examples, _ := in["examples"].(node)
		if one, is := in["example"]; is && hasSchema {
			found++
			if err := d.checkValue(at+"/schema", one); err != nil {
				t.Errorf("%s: %v", at, err)
			}
		}
		for name := range examples {
			found++
			_, example := d.resolve(at + pointer("examples", name))
			if err := d.checkValue(at+"/schema", example["value"]); err != nil {
				t.Errorf("%s: example %s: %v", at, name, err)
			}
		}
		for name, one := range in {
			walk(at+pointer(name), one)
		}
	}
	for _, part := range []string{"paths", "webhooks"} {
		walk("/"+part, d.root[part])
	}
	for _, part := range []string{"responses", "parameters"} {
		walk("/components/"+part, d.get("/components/"+part))
	}
	if found < 20 {
		t.Errorf("only %d examples found", found)
	}
}

// The simulator embeds only what lies under its own folder, so that the folder
// can be copied; it shows a copy.
func TestTheSimulatorShowsThisDescription(t *testing.T) {
	t.Parallel()
	own, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile("../simulator/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(own) != string(copied) {
		t.Error("payments/simulator/openapi.yaml differs from docs/openapi.yaml: run go generate ./payments/simulator")
	}
}
