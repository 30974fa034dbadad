package views_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/views"
)

// families are the beginnings of keys that the program puts together while it runs. The
// test of the function named beside each checks that all its members exist.
var families = []string{
	"admin.makers.",                                              // the fields of a maker's form
	"admin.shares.",                                              // the columns of a file
	"admin.split.",                                               // the states of a split, and why it is not sent
	"order.status.",                                              // WordsOfStatus
	"order.outage.",                                              // WordsOfOutage
	"order.name.",                                                // StatusName
	"orders.show.",                                               // OrderGroupName
	"order.step.",                                                // StepText
	"decline.",                                                   // DeclineText
	"advice.",                                                    // DeclineText
	"loan.decline.",                                              // LoanDeclineText
	"loan.note.",                                                 // NewLoanOffer
	"delivery.",                                                  // DeliveryName
	"region.",                                                    // RegionName
	"sort.",                                                      // SortOptions
	"info.",                                                      // InfoTitle
	"mail.",                                                      // Engine.Mail
	"fulfilment.name.", "fulfilment.step.", "fulfilment.status.", // FulfilmentName, GoodsSteps, WordsOfGoods
	"return.name.", "return.text.", // ReturnName, ReturnText
	"cancel.money.", "cancel.text.", "cancel.next.", "admin.cancel.money.", // WordsOfCancel
	"order.did.",                     // StepText
	"admin.audit.",                   // AuditEntry.Action
	"order.refund.", "admin.reject.", // RefundText, RejectText
	"reorder.why.", "reorder.rule.", "cards.use.", "cards.note.", // TestWordsOfStates
	"admin.audit.",                                                                                                                                    // of the audit list
	"product.allergen.", "product.returns.", "admin.returns.", "admin.tint.", "admin.stock.kind.", "admin.products.show.", "admin.lang.", "admin.in.", // TestWordsOfProducts
	"error.4", "error.5", // NewError
	"admin.orders.fulfilment.",     // FulfilmentState
	"method.name.", "method.line.", // MethodName, NewMethodChoice
	"admin.methods.rule.",                                                                                        // admin.rulesOf
	"admin.order.payment.", "admin.order.kind.", "admin.order.fact.", "admin.order.cause.", "admin.order.bytes.", // TestAnOrderShowsEverythingThatHappened
	"admin.order.who.", "admin.order.lang.", "admin.order.access.", "admin.order.save_card.", "admin.order.mail.", "admin.order.mail_state.",
	"admin.order.money.", "admin.order.ledger.", "admin.order.action.", "admin.order.action_state.", "admin.order.reject.", "admin.order.reason.", "admin.order.goods.",
	"admin.order.refund_", "admin.order.capture_", "admin.order.release_", // moveMoney
	"admin.role.",                                                                           // RoleName
	"admin.right.",                                                                          // rightKey of the back office
	"admin.review.kind.", "admin.review.way.", "admin.review.fact.", "admin.review.healed.", // WordsOfReview, admin.way, admin.paymentFacts
	"admin.reconciliation.state.", "admin.reconciliation.kind.", // admin.run, admin.difference
	"admin.subject.", // AuditSubject
}

func locale(t *testing.T, lang string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("locales/" + lang + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	all := map[string]string{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(err)
		}
		for key, text := range texts {
			if _, twice := all[key]; twice {
				t.Errorf("%s: %s has words in another file, too", file, key)
			}
			all[key] = text
		}
	}
	return all
}

func TestLanguagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	t.Parallel()
	verb := regexp.MustCompile(`%(\[\d\])?[a-z%]`)
	ka, en := locale(t, "ka"), locale(t, "en")
	for key, text := range ka {
		other, ok := en[key]
		if !ok {
			t.Errorf("%s: not in English", key)
			continue
		}
		if got, want := verb.FindAllString(other, -1), verb.FindAllString(text, -1); !slices.Equal(got, want) {
			t.Errorf("%s: placeholders %q in English, %q in Georgian", key, got, want)
		}
		for _, s := range []string{text, other} {
			if s == "" || s != strings.TrimSpace(s) {
				t.Errorf("%s: %q", key, s)
			}
			// Mtavruli capitals are not for running text.
			if strings.ContainsFunc(s, func(r rune) bool { return r >= 0x1C90 && r <= 0x1CBF }) {
				t.Errorf("%s: Mtavruli in %q", key, s)
			}
		}
	}
	for key := range en {
		if _, ok := ka[key]; !ok {
			t.Errorf("%s: not in Georgian", key)
		}
	}
}

var (
	inTemplate = regexp.MustCompile(`\b[tn] "([^"]+)"`)
	inGo       = regexp.MustCompile(`"([a-z_]+(?:\.[a-z0-9_]+)+)"`)
)

// used returns every string under root that matches the pattern and so may be a key, with
// a file that it occurs in.
func used(t *testing.T, root string, pattern *regexp.Regexp, extensions ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !slices.Contains(extensions, filepath.Ext(path)) {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, m := range pattern.FindAllStringSubmatch(string(raw), -1) {
			found[m[1]] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func known(texts map[string]string, key string) bool {
	_, plain := texts[key]
	_, plural := texts[key+".other"]
	return plain || plural
}

func TestEveryKeyInTemplatesAndHandlersHasWords(t *testing.T) {
	t.Parallel()
	texts := locale(t, "ka")
	for key, path := range used(t, ".", inTemplate, ".html", ".txt") {
		if !known(texts, key) {
			t.Errorf("%s: no words for %q", path, key)
		}
	}
	spaces := map[string]bool{}
	for key := range texts {
		space, _, _ := strings.Cut(key, ".")
		spaces[space] = true
	}
	for key, path := range used(t, "../handlers", inGo, ".go") {
		if space, _, _ := strings.Cut(key, "."); spaces[space] && !known(texts, key) {
			t.Errorf("%s: no words for %q", path, key)
		}
	}
	// The rules tell these to a shopper, and the last ones to staff.
	shopperSpaces := []string{
		"cart", "checkout", "order", "orders", "account", "address", "delete", "link", "signin", "product", "picture", "price_list", "category",
	}
	for key, path := range used(t, "../models", inGo, ".go") {
		if space, _, _ := strings.Cut(key, "."); slices.Contains(shopperSpaces, space) && !known(texts, key) {
			t.Errorf("%s: no words for %q", path, key)
		}
	}
}

func TestNoWordsAreUnused(t *testing.T) {
	t.Parallel()
	uses := used(t, "..", inGo, ".go")
	for key := range used(t, ".", inTemplate, ".html", ".txt") {
		uses[key] = ""
	}
	for key := range locale(t, "ka") {
		base := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
		if _, ok := uses[key]; ok {
			continue
		}
		if _, ok := uses[base]; ok {
			continue
		}
		if !slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(key, f) }) {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

func TestWordsOfProducts(t *testing.T) {
	t.Parallel()
	for _, lang := range views.Languages {
		var words []string
		for _, show := range catalog.StaffShows {
			words = append(words, views.StaffShow(lang, string(show)))
		}
		for _, tint := range catalog.Tints {
			words = append(words, views.TintName(lang, tint))
		}
		for _, kind := range []string{"delivered", "counted", "lost", "reserved", "released", "sold", "returned", "written_off"} {
			words = append(words, views.StockReason(lang, kind))
		}
		for _, w := range models.Withdrawals {
			words = append(words, views.ReturnsName(lang, string(w)))
		}
		for _, word := range append(words, views.T(lang, "admin.lang.ka"), views.T(lang, "admin.lang.en"), views.T(lang, "admin.in.ka"), views.T(lang, "admin.in.en")) {
			if strings.HasPrefix(word, "admin.") {
				t.Errorf("%s: no words for %s", lang, word)
			}
		}
		for _, key := range catalog.Allergens {
			if name := views.AllergenName(lang, key); strings.HasPrefix(name, "product.") {
				t.Errorf("%s: %s has no name", lang, key)
			}
		}
		for _, w := range models.Withdrawals {
			if text := views.NoReturn(lang, string(w)); strings.HasPrefix(text, "product.") || (text == "") != (w == models.WithdrawalYes) {
				t.Errorf("%s: %s is %q", lang, w, text)
			}
		}
	}
}

func TestWordsOfStates(t *testing.T) {
	t.Parallel()
	statuses := []string{
		"awaiting_payment", "confirming", "on_hold", "paid", "declined", "expired", "cancelled", "review",
		"refund_requested", "partly_refunded", "refunded",
	}
	for _, lang := range views.Languages {
		for _, status := range statuses {
			w := views.WordsOfStatus(lang, status)
			if strings.HasPrefix(w.Heading, "order.") || strings.HasPrefix(w.Text, "order.") {
				t.Errorf("%s: status %s has no words", lang, status)
			}
			if name := views.StatusName(lang, status); strings.HasPrefix(name, "order.") {
				t.Errorf("%s: status %s has no name", lang, status)
			}
			if text := views.StepText(lang, status, "something new"); strings.HasPrefix(text, "order.") {
				t.Errorf("%s: step %s has no words", lang, status)
			}
		}
		for _, code := range []string{
			"101", "102", "103", "104", "105", "106", "107", "108", "109", "110", "111", "112", "122", "199", "cancelled", "",
			"never heard of",
		} {
			reason, advice := views.DeclineText(lang, code)
			if strings.Contains(reason, "decline.") || strings.Contains(advice, "advice.") || reason == "" || advice == "" {
				t.Errorf("%s: code %q: %q, %q", lang, code, reason, advice)
			}
		}
		for _, status := range []string{"requested", "completed", "rejected"} {
			if text := views.RefundText(lang, status); strings.HasPrefix(text, "order.") {
				t.Errorf("%s: a refund that is %s has no words", lang, status)
			}
		}
		for code := 161; code <= 169; code++ {
			if views.RejectText(lang, strconv.Itoa(code)) == "" {
				t.Errorf("%s: code %d has no words", lang, code)
			}
		}
		if views.RejectText(lang, "179") == "" || views.RejectText(lang, "") != "" || views.RejectText(lang, "999") != "" {
			t.Errorf("%s: code 179, none or one never heard of", lang)
		}
		for _, outage := range []string{"bank-silent", "payments-out-of-order"} {
			w := views.WordsOfOutage(lang, outage, time.Date(2026, 11, 23, 10, 5, 0, 0, time.UTC))
			if strings.HasPrefix(w.Heading, "order.") || strings.HasPrefix(w.Text, "order.") || !strings.Contains(w.NextStep, "14:05") {
				t.Errorf("%s: %s: %+v", lang, outage, w)
			}
		}
		for _, group := range []string{"", "open", "paid", "past"} {
			if name := views.OrderGroupName(lang, group); strings.HasPrefix(name, "orders.") {
				t.Errorf("%s: group %q has no name", lang, group)
			}
		}
		for _, key := range []string{
			"reorder.why.no_card", "reorder.why.card_removed", "reorder.why.card_dead", "reorder.why.card_expired", "reorder.why.goods", "reorder.why.total",
			"reorder.why.pending", "reorder.why.address", "reorder.why.measure", "reorder.rule.consent", "reorder.rule.card", "reorder.rule.goods", "reorder.rule.total",
			"cards.use.recurrent", "cards.use.subscription", "cards.note.soon", "cards.note.expired", "cards.note.dead", "cards.note.removing",
		} {
			if views.T(lang, key) == key {
				t.Errorf("%s: no words for %s", lang, key)
			}
		}
		for _, kind := range views.InfoKinds {
			if views.InfoTitle(lang, kind) == "info."+kind {
				t.Errorf("%s: page %s has no title", lang, kind)
			}
		}
	}
	if got := views.StepText("en", "awaiting_payment", "placed"); got != "Order placed, goods reserved" {
		t.Errorf("a step with words of its own: %q", got)
	}
}

var audited = regexp.MustCompile(`\baudit(?:Order|Failure)?\([^"\n]*?"([a-z_]+)"`)

// What staff did is said in words, whoever added the action.
func TestEveryActionOfTheAuditListHasWords(t *testing.T) {
	t.Parallel()
	actions := used(t, "../models", audited, ".go")
	if len(actions) < 15 {
		t.Errorf("only %d actions were found", len(actions))
	}
	for action, path := range actions {
		for _, lang := range views.Languages {
			if views.AuditAction(lang, action) == action {
				t.Errorf("%s: %q has no words in %s", path, action, lang)
			}
		}
	}
}
