package bog

import (
	"errors"
	"fmt"
)

// Code is a response code of a payment or an action (§16): why it was declined. Codes are for
// people; only the Status says whether an order is paid.
//
// See https://api.bog.ge/docs/en/payments/response-codes
type Code string

// The codes of success, and the code for a saved card that the bank does not have.
const (
	CodePaid         = Code("100")
	CodeHeld         = Code("200")
	CodeCardNotFound = Code("102")
)

// Advice is what to do after a decline.
type Advice string

// Kinds of advice.
const (
	AdviceNone        Advice = ""             // success, or a code this package does not know
	AdviceRetry       Advice = "retry"        // try again with the same card
	AdviceOtherCard   Advice = "other_card"   // try another card
	AdviceContactBank Advice = "contact_bank" // ask the bank that issued the card
	AdviceTopUp       Advice = "top_up"       // the merchant's own account has not enough money for a refund
)

// UnmarshalJSON reads a string or a number.
func (c *Code) UnmarshalJSON(b []byte) error {
	s, err := decimalText(b)
	if err != nil {
		return fmt.Errorf("bog: response code: %w", errors.New("neither a string nor a number"))
	}
	*c = Code(s)
	return nil
}

// Text returns the bank's wording for the code, or "" for an unknown code. The wording of 122
// and of the codes of refunds from 161 on is ours, except the English one of 163.
func (c Code) Text(lang Lang) string {
	if lang == English {
		return codes[c].en
	}
	return codes[c].ka
}

// Advice returns what the shopper, or for refunds the merchant, can do.
func (c Code) Advice() Advice { return codes[c].advice }

type codeInfo struct {
	advice Advice
	en, ka string
}

const (
	askIssuerEN = "The refund could not be completed. Contact the card issuer bank"
	askIssuerKA = "თანხის დაბრუნება ვერ შესრულდა. დაუკავშირდით ბარათის მომსახურე ბანკს"
)

var codes = map[Code]codeInfo{
	"100": {AdviceNone, "Successful payment", "წარმატებული გადახდა"},
	"101": {AdviceContactBank, "Payment declined because card usage is limited. For detailed information, contact the card issuer bank",
		"გადახდა უარყოფილია, რადგან ბარათის გამოყენება შეზღუდულია. დეტალური ინფორმაციისთვის დაუკავშირდით ბარათის მომსახურე ბანკს"},
	"102": {AdviceOtherCard, "Saved card wasn't found", "დამახსოვრებული ბარათი ვერ მოიძებნა"},
	"103": {AdviceOtherCard, "Payment declined due to invalid card", "გადახდა უარყოფილია, რადგან ბარათი არ არის ვალიდური"},
	"104": {AdviceContactBank, "Payment declined due to exceeding transaction limit", "გადახდა უარყოფილია ტრანზაქციის რაოდენობის ლიმიტის გადაჭარბების გამო"},
	"105": {AdviceOtherCard, "Payment declined because the card has expired", "გადახდა უარყოფილია, რადგან ბარათი ვადაგასულია"},
	"106": {AdviceContactBank, "Payment declined due to exceeding the limit of the amount", "გადახდა უარყოფილია თანხის ლიმიტის გადაჭარბების გამო"},
	"107": {AdviceOtherCard, "Payment declined due to insufficient funds in the account", "გადახდა უარყოფილია ანგარიშზე არასაკმარისი თანხის გამო"},
	"108": {AdviceContactBank, "Authentication Declined", "გადახდის ავტორიზაციის უარყოფა"},
	"109": {AdviceRetry, "Technical Issue", "დაფიქსირდა ტექნიკური ხარვეზი"},
	"110": {AdviceRetry, "Transaction Expired", "ოპერაციის შესრულების დრო ამოიწურა"},
	"111": {AdviceRetry, "Authentication timeout", "გადახდის ავტორიზაციის დრო ამოიწურა"},
	"112": {AdviceRetry, "General Error", "საერთო შეცდომა"},
	"122": {AdviceContactBank, "Payment declined by the acquirer", "გადახდა უარყოფილია მოვაჭრის მომსახურე ბანკის მიერ"},
	"199": {AdviceRetry, "Unknown Response", "უცნობი პასუხი"},
	"200": {AdviceNone, "Successful preauthorization", "წარმატებული პრეავტორიზაცია"},

	"161": {AdviceContactBank, askIssuerEN, askIssuerKA},
	"162": {AdviceContactBank, "The card issuer bank declined the refund", "ბარათის მომსახურე ბანკმა თანხის დაბრუნება არ დაადასტურა"},
	"163": {AdviceTopUp, "Not enough funds available in the account", "თანხის დასაბრუნებლად მოვაჭრის ანგარიშზე საკმარისი თანხა არ არის"},
	"164": {AdviceContactBank, askIssuerEN, askIssuerKA},
	"165": {AdviceContactBank, askIssuerEN, askIssuerKA},
	"166": {AdviceContactBank, askIssuerEN, askIssuerKA},
	"167": {AdviceContactBank, "The refund was declined because the card has expired", "თანხის დაბრუნება ვერ შესრულდა, რადგან ბარათს ვადა გაუვიდა"},
	"168": {AdviceContactBank, askIssuerEN, askIssuerKA},
	"169": {AdviceContactBank, "The refund was declined because the card has expired or its details are wrong",
		"თანხის დაბრუნება ვერ შესრულდა: ბარათს ვადა გაუვიდა ან მისი მონაცემები არასწორია"},
	"179": {AdviceRetry, "Unknown response", "უცნობი პასუხი"},
}
