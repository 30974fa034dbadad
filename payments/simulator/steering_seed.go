package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// seedKind is a kind of seeded order. It comes to its status by the same steps as any other
// order.
type seedKind struct {
	Status  string // in the end
	Capture string
	Ago     time.Duration
	Pays    bool
	Plan    plan
	Then    changeFunc // carried out after the payment
	Part    int64      // how many percent of the amount Then is about; 0 means all
}

var never = -1

// seedKinds end in every status that there is.
var seedKinds = []seedKind{
	{Status: statusCreated},
	{Status: statusProcessing, Pays: true, Plan: plan{SettleMS: &never}},
	{Status: statusCompleted, Pays: true, Ago: 40 * time.Minute},
	{Status: statusRejected, Pays: true, Plan: plan{Outcome: "107"}, Ago: 2 * time.Hour},
	{Status: statusRejected, Ago: 5 * time.Hour}, // it expired
	{Status: statusBlocked, Capture: "manual", Pays: true, Ago: 26 * time.Hour},
	{Status: statusAuthRequested, Capture: "manual", Pays: true, Plan: plan{Later: laterNever}, Ago: 30 * time.Hour, Then: approveHold},
	{Status: statusPartial, Capture: "manual", Pays: true, Ago: 50 * time.Hour, Then: approveHold, Part: 60},
	{Status: statusRefundRequested, Pays: true, Plan: plan{Later: laterNever}, Ago: 70 * time.Hour, Then: refundOrder},
	{Status: statusPartRefunded, Pays: true, Ago: 4 * 24 * time.Hour, Then: refundOrder, Part: 25},
	{Status: statusRefunded, Pays: true, Ago: 9 * 24 * time.Hour, Then: refundOrder},
}

// goods are the products in seeded orders, with prices in tetri.
var goods = []struct {
	ID, Name string
	Price    money
}{
	{"CHURCH-3", "ჩურჩხელა ნიგვზით", 850}, {"HONEY-1", "აკაციის თაფლი, 1 კგ", 3200}, {"WINE-7", "საფერავი, ქვევრის ღვინო", 4590},
	{"SALT-2", "სვანური მარილი", 640}, {"TKEM-1", "ტყემალი, მწვანე", 725}, {"FELT-5", "თექის ჩუსტები", 6800},
	{"CLAY-4", "თიხის დოქი", 5450}, {"TEA-2", "გურული ჩაი", 1290},
}

var buyers = []string{"ნინო კ.", "გიორგი მ.", "თამარ ბ.", "ლევან ჯ.", "ეკა ფ."}

// seedSteer is the body of POST /_sim/seed.
type seedRequest struct {
	// Count is how many orders to make; 0 means one of each kind.
	Count int `json:"count"`
	// CallbackURL gets their callbacks; "" means that none are sent.
	CallbackURL string `json:"callback_url"`
}

const maxSeed = 20_000

func (s seedRequest) check() error {
	if s.Count < 0 || s.Count > maxSeed {
		return fmt.Errorf("count must be 0..%d", maxSeed)
	}
	return nil
}

// seedOrders handles POST /_sim/seed: it makes orders in every status.
func (b *Bank) seedOrders(w http.ResponseWriter, r *http.Request) {
	var s seedRequest
	if !readSteering(w, r, &s) {
		return
	}
	if s.Count == 0 {
		s.Count = len(seedKinds)
	}
	made, problem := []orderView{}, ""
	if _, err := b.inTx(func(t *tx) {
		for n := range s.Count {
			var o *order
			if o, problem = t.seedOrder(seedKinds[n%len(seedKinds)], n, s.CallbackURL, b.base(r)); problem != "" {
				return
			}
			made = append(made, o.view())
		}
	}); err != nil {
		writeError(w, http.StatusInternalServerError, err.Error())
		return
	}
	if problem != "" {
		writeError(w, http.StatusBadRequest, problem)
		return
	}
	answerSteering(w, r, map[string]any{"orders": made}, "/_sim/")
}

// seedOrder makes the n-th seeded order. It puts the clock of t back meanwhile, so that the
// orders are hours and days old.
func (t *tx) seedOrder(s seedKind, n int, callbackURL, base string) (*order, string) {
	present := t.now
	t.now = present.Add(-s.Ago - time.Duration(n/len(seedKinds))*time.Minute)
	defer func() { t.now = present }()

	c := &call{r: &http.Request{Header: http.Header{"Accept-Language": {"ka"}}}, base: base}
	c.fields, c.problem = parse(seedBody(s, n, cmp.Or(callbackURL, "https://shop.example/callback")))
	o, problem := t.readOrder(c)
	if problem != "" {
		return nil, problem
	}
	t.add(o)
	o.Plan = s.Plan
	if callbackURL == "" {
		o.Plan.Callback = &Delivery{Mode: ModeLost}
	}
	if s.Pays {
		if o.Plan.Outcome = cmp.Or(s.Plan.Outcome, "100"); o.Plan.SettleMS == nil {
			o.Plan.SettleMS = new(int) // at once, whatever the settings say
		}
		paying, _, _ := testCard("4000000000000001")
		paying.Expiry = t.now.AddDate(3, 0, 0).Format("01/06")
		t.now = t.now.Add(2 * time.Minute)
		t.payByCard(o, paying, false)
	}
	if s.Then != nil {
		t.now = t.now.Add(20 * time.Minute)
		body := map[string]any{}
		if s.Part != 0 {
			body["amount"] = number(int64(o.Total) * s.Part / 100)
		}
		fields, problem := parse(encode(body))
		if out := s.Then(t, &call{r: c.r, order: o.ID, fields: fields, problem: problem}); out.status != http.StatusOK {
			return nil, string(out.body)
		}
	}
	t.now = present
	t.catchUp(o)
	return o, ""
}

// seedBody is the create request of the n-th seeded order.
func seedBody(s seedKind, n int, callbackURL string) []byte {
	type line struct {
		ID          string `json:"product_id"`
		Description string `json:"description"`
		Quantity    int    `json:"quantity"`
		UnitPrice   number `json:"unit_price"`
	}
	var basket []line
	delivery := money(500)
	total := delivery
	for i := range 1 + n%3 {
		good := goods[(n+3*i)%len(goods)]
		quantity := 1 + (n+i)%2
		total += good.Price * money(quantity)
		basket = append(basket, line{good.ID, good.Name, quantity, number(good.Price)})
	}
	return encode(map[string]any{
		"callback_url": callbackURL, "external_order_id": "SEED-" + strconv.Itoa(n+1), "capture": cmp.Or(s.Capture, "automatic"),
		"buyer": map[string]string{"full_name": buyers[n%len(buyers)], "masked_email": "n***@mail.example", "masked_phone": "+9955*****12"},
		"purchase_units": map[string]any{
			"currency": "GEL", "total_amount": number(total), "delivery": map[string]any{"amount": number(delivery)}, "basket": basket,
		},
		"redirect_urls": map[string]string{"success": "https://shop.example/thanks", "fail": "https://shop.example/failed"},
	})
}

// number is an amount that is written as a JSON number, as in requests.
type number money

func (n number) MarshalJSON() ([]byte, error) { return []byte(money(n).String()), nil }
