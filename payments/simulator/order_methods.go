package simulator

// demoClients are clients of the bank who pay by the methods without a card. Their digits
// decide what happens, as the last digits of a test card do. Digits that are not listed
// belong to the first client.
var demoClients = map[string]bilingual{
	"0001": {"ნინო კ.", "Nino K."},
	"0002": {"გიორგი მ.", "Giorgi M."},
	"0106": {"გიორგი მ.", "Giorgi M."},
	"0109": {"ლელა ბ.", "Lela B."},
	"0020": {"დავით ჯ.", "Davit J."},
}

func demoClientOf(digits string) bilingual {
	if name, known := demoClients[digits]; known {
		return name
	}
	return demoClients["0001"]
}

// choice is what the payer can choose on the page of a method without a card form: a card
// in the wallet, a demo client, a gift card.
type choice struct {
	Number  string // the test card that decides; its last four digits are the key of the choice
	Name    bilingual
	Text    bilingual
	Asks3DS bool // the payer answers 3-D Secure first
}

// choices are what the page offers for each method, beginning with an ordinary success.
// Google Pay may ask for 3-D Secure, Apple Pay never does (docs/bog-api.md §12).
var choices = map[string][]choice{
	"google_pay": {
		walletChoice("4000000000000010", "გადახდა წარმატებულია", "Payment succeeds", false),
		walletChoice("4000000000000001", "წარმატებულია 3-D Secure-ის შემდეგ", "Succeeds after 3-D Secure", true),
		walletChoice("5300000000000003", "წარმატებულია, შემდგომი ოპერაციები უარყოფილია", "Succeeds, later operations are rejected", false),
		walletChoice("4000000000000002", "არ არის საკმარისი თანხა (107)", "Declined: insufficient funds (107)", false),
		walletChoice("4000000000000109", "ტექნიკური ხარვეზი (109)", "Technical issue (109)", false),
	},
	"apple_pay": {
		walletChoice("4000000000000001", "გადახდა წარმატებულია", "Payment succeeds", false),
		walletChoice("5300000000000003", "წარმატებულია, შემდგომი ოპერაციები უარყოფილია", "Succeeds, later operations are rejected", false),
		walletChoice("4000000000000002", "არ არის საკმარისი თანხა (107)", "Declined: insufficient funds (107)", false),
		walletChoice("4000000000000109", "ტექნიკური ხარვეზი (109)", "Technical issue (109)", false),
	},
	"bog_p2p": {
		clientChoice("0001", "ანგარიშზე საკმარისი თანხაა", "Has enough money"),
		clientChoice("0002", "არ არის საკმარისი თანხა (107)", "Declined: insufficient funds (107)"),
		clientChoice("0109", "ტექნიკური ხარვეზი (109)", "Technical issue (109)"),
	},
	"bog_loyalty": {
		clientChoice("0001", "საკმარისი ქულები აქვს", "Has enough points"),
		clientChoice("0002", "ქულები არ ჰყოფნის (107)", "Declined: not enough points (107)"),
		clientChoice("0109", "ტექნიკური ხარვეზი (109)", "Technical issue (109)"),
	},
	"bnpl":     credit,
	"bog_loan": credit,
	"gift_card": {
		{demoVisa + "0001", bilingual{"სავსე ბარათი", "Full card"}, bilingual{"თანხა საკმარისია", "Has enough money"}, false},
		{demoVisa + "0002", bilingual{"ცარიელი ბარათი", "Empty card"}, bilingual{"არ არის საკმარისი თანხა (107)", "Declined: insufficient funds (107)"}, false},
		{demoVisa + "0109", bilingual{"დაზიანებული ბარათი", "Damaged card"}, bilingual{"ტექნიკური ხარვეზი (109)", "Technical issue (109)"}, false},
	},
}

// credit are the possible decisions on a loan. Which code the bank sends with a refusal is
// not known; 106 is about a limit.
var credit = []choice{
	clientChoice("0001", "განაცხადი დამტკიცდება", "Approved"),
	clientChoice("0020", "დამტკიცდება 5 წამში", "Approved after 5 seconds"),
	clientChoice("0106", "უარი: თანხა ლიმიტს აღემატება (106)", "Refused: above the client's limit (106)"),
	clientChoice("0109", "ტექნიკური ხარვეზი (109)", "Technical issue (109)"),
}

// demoVisa is the beginning of the Visa test cards; four digits follow.
const demoVisa = "400000000000"

func walletChoice(number, ka, en string, asks bool) choice {
	c, _, _ := testCard(number)
	name := brandNames[c.Brand] + " ···· " + c.TestDigits
	return choice{number, bilingual{name, name}, bilingual{ka, en}, asks}
}

func clientChoice(digits, ka, en string) choice {
	return choice{demoVisa + digits, demoClientOf(digits), bilingual{ka, en}, false}
}

// key is the value of the choice in the page's form.
func (c choice) key() string { return c.Number[len(c.Number)-4:] }

// findChoice returns the choice with this key, or the first one for "".
func findChoice(method, key string) (choice, bool) {
	for _, one := range choices[method] {
		if key == "" || one.key() == key {
			return one, true
		}
	}
	return choice{}, false
}

type choiceView struct {
	Key, Name, Text string
	Current         bool
}

func choiceViews(method, chosen, lang string) []choiceView {
	var out []choiceView
	for i, one := range choices[method] {
		current := one.key() == chosen || chosen == "" && i == 0
		out = append(out, choiceView{Key: one.key(), Name: one.Name.in(lang), Text: one.Text.in(lang), Current: current})
	}
	return out
}

// checkChoice returns the test card behind the choice in the form, and whether the payer
// answers 3-D Secure first. A choice that the page does not offer is an error of the form.
func (b *Bank) checkChoice(form *payForm, o *order, method string) (card, bool) {
	picked, known := findChoice(method, form.Choice)
	if !known || !o.offersTerm(method, form.Month) {
		form.Errors = map[string]string{"choice": texts["err.choice"].in(o.Lang)}
	}
	return b.demoCard(picked.Number), picked.Asks3DS
}

// demoCard returns a test card that is valid for three more years.
func (b *Bank) demoCard(number string) card {
	c, _, _ := testCard(number)
	c.Expiry = b.now().AddDate(3, 0, 0).Format("01/06")
	return c
}

// recordMethod sets what the order is paid with: the card itself, the card in a wallet, or
// the account of the demo client to whom the card's digits belong. The payer identifiers
// are those of docs/bog-api.md §6.2; what a gift card has there is not known.
func (o *order) recordMethod(method string, c card) {
	o.Method, o.Card, o.Payer, o.TestDigits = method, nil, "", ""
	switch method {
	case "card", "google_pay":
		o.Card = &c
	case "apple_pay":
		o.Card, o.Payer = &c, "480213***"+c.TestDigits // the device's number, not the card's
	case "bog_p2p", "bog_loyalty":
		o.TestDigits, o.Payer = c.TestDigits, demoClientOf(c.TestDigits).KA
	case "bnpl", "bog_loan":
		o.TestDigits, o.Payer = c.TestDigits, string([]rune(demoClientOf(c.TestDigits).KA)[:1])
	default:
		o.TestDigits = c.TestDigits
	}
}

// behaviour is what the test digits of the order do, as changed by its plan. Digits that
// are not listed pay.
func (o *order) behaviour() behaviour {
	digits := o.TestDigits
	if o.Card != nil {
		digits = o.Card.TestDigits
	}
	does, known := behaviourOf(digits)
	if !known {
		does = behaviour{Code: "100"}
	}
	return o.Plan.applyTo(does)
}
