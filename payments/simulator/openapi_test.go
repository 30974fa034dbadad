package simulator_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"

	"github.com/PuerkitoBio/goquery"
)

func TestTheDescriptionOfTheAPIIsShown(t *testing.T) {
	t.Parallel()
	url := simtest.StartBank(t, &simulator.Bank{})
	res, err := http.Get(url + "/_sim/api")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Security-Policy"); res.StatusCode != 200 || !strings.HasPrefix(got, "default-src 'none'") {
		t.Errorf("%d, policy %q", res.StatusCode, got)
	}
	page, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := page.Find("[data-testid=api-call]").Length(); got != 13 {
		t.Errorf("%d calls, want the token, eleven calls and the callback", got)
	}
	create := page.Find("#createOrder").Text()
	for _, want := range []string{"POST", "/payments/v1/ecommerce/orders", "Idempotency-Key", `-X POST "$BANK/payments/v1/ecommerce/orders"`, `"total_amount": 18.65`, "§5"} {
		if !strings.Contains(create, want) {
			t.Errorf("no %s in the create call", want)
		}
	}
	if strings.Contains(page.Find("#receiveCallback").Text(), "curl") {
		t.Error("a curl line for what the bank sends")
	}
	receipt := page.Find("#type-Receipt").Text()
	for _, want := range []string{"buyer.phone_number", "PaymentDetail", "list of Action"} {
		if !strings.Contains(receipt, want) {
			t.Errorf("no %s in the receipt", want)
		}
	}
	if page.Find("#type-ReceiptSplit .mark-sure.unconfirmed").Length() == 0 {
		t.Error("the split is not marked as unconfirmed")
	}
	page.Find("a[href^='#']").Each(func(_ int, link *goquery.Selection) {
		if to := link.AttrOr("href", ""); page.Find(to).Length() != 1 {
			t.Errorf("%s leads nowhere", to)
		}
	})
}

func TestTheDescriptionOfTheAPICanBeFetched(t *testing.T) {
	t.Parallel()
	res, err := http.Get(simtest.StartBank(t, &simulator.Bank{}) + "/_sim/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.Header.Get("Content-Type") != "application/yaml" || !strings.HasPrefix(string(body), "openapi: 3.1.0\n") {
		t.Errorf("%v, %s, %.40s", err, res.Header.Get("Content-Type"), body)
	}
}
